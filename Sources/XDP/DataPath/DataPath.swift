public import BPFMaps
import XDPTypes

/// One queue, one program, one loop: receive, run, and send every packet on its way.
///
/// Every packet that is received ends in exactly one place: back in its pool, with the driver it came from, with the
/// driver it was redirected to, or with the stack. `tally` says how many went where.
///
/// A path belongs to one thread. The program may be replaced from any other while it runs (`AttachPoint`), and `counters`
/// looked at.
public struct DataPath: ~Copyable {
  /// Where packets come from and bounce to.
  public let driver: any Driver
  /// Where the program is attached that decides.
  public let attachPoint: AttachPoint
  /// Where passed packets go; without one they are counted and dropped.
  public let stack: (any PacketSink)?
  /// Where the program runs: on the driver's frames or on copies.
  public let mode: AttachMode
  /// Sees every batch after the run.
  public let observer: (any VerdictObserver)?
  /// What becomes of the packets, for anybody at any time.
  public let counters = PathCounters()
  /// The thread's state.
  public var worker: Worker

  private var received: PacketBatch
  private var working: PacketBatch
  private var bounced: PacketBatch
  private var passed: PacketBatch
  private var redirection: Redirection
  private var verdicts = Verdicts()

  /// What has become of the packets so far.
  public var tally: Tally { counters.tally }
  /// What decides at this moment.
  public var engine: any ExecutionEngine { attachPoint.program.engine }

  /// Makes a path for a program that stays.
  ///
  /// `maps` are the program's: a redirect through one of them goes on through the program of its entry, into its socket,
  /// or to every entry if it is for all. Else as the other initializer.
  public init(
    _ driver: any Driver,
    running engine: any ExecutionEngine,
    on worker: consuming Worker = Worker(),
    stack: (any PacketSink)? = nil,
    redirectingTo targets: [any Driver] = [],
    maps: [UserMap] = [],
    mode: AttachMode = .native,
    observer: (any VerdictObserver)? = nil
  ) throws(DriverError) {
    try self.init(
      driver,
      at: AttachPoint(engine, maps: maps),
      on: worker,
      stack: stack,
      redirectingTo: targets,
      mode: mode,
      observer: observer
    )
  }

  /// Makes a path for whatever program is attached, which may change.
  ///
  /// `targets` are the drivers that redirects may name by their ifindex; the path's own driver is always one of them.
  /// Generic mode copies each packet into a frame of its own before the run, with the default geometry's headroom.
  public init(
    _ driver: any Driver,
    at attachPoint: AttachPoint,
    on worker: consuming Worker = Worker(),
    stack: (any PacketSink)? = nil,
    redirectingTo targets: [any Driver] = [],
    mode: AttachMode = .native,
    observer: (any VerdictObserver)? = nil
  ) throws(DriverError) {
    let pool = try Self.pool(for: mode, of: driver)
    self.driver = driver
    self.attachPoint = attachPoint
    self.stack = stack
    self.mode = mode
    self.observer = observer
    self.worker = worker
    received = PacketBatch(pool: driver.pool)
    working = PacketBatch(pool: pool)
    bounced = PacketBatch(pool: pool)
    passed = PacketBatch(pool: pool)
    redirection = Redirection(to: [driver] + targets, pool: pool, mode: mode, counting: counters)
  }

  /// The pool whose frames the program is to run on.
  private static func pool(for mode: AttachMode, of driver: any Driver) throws(DriverError) -> FramePool {
    func refusal(_ reason: String) -> DriverError {
      DriverError(interface: driver.interface.name, operation: "attach in \(mode) mode", reason: reason)
    }
    switch mode {
    case .native:
      guard driver.capabilities.contains(.native) else {
        throw refusal("its frames have no room for a program to work on; use generic mode")
      }
      return driver.pool
    case .generic:
      do throws(FramePoolError) {
        return try FramePool(frameCount: 4 * PacketBatch.capacity, geometry: .copying(driver.pool.geometry))
      } catch { throw refusal("\(error)") }
    case .offload:
      throw refusal("there is no layer below that takes programs; use native or generic mode")
    }
  }

  /// Takes one batch through the path; after an error, packets on their way are dropped.
  @discardableResult
  public mutating func poll() throws(DriverError) -> Reception {
    do throws(DriverError) {
      return try pollOnce()
    } catch {
      received.removeAll()
      working.removeAll()
      bounced.removeAll()
      passed.removeAll()
      redirection.removeAll()
      throw error
    }
  }

  private mutating func pollOnce() throws(DriverError) -> Reception {
    let reception: Reception
    if mode == .native {
      reception = try driver.receive(into: &working)
    } else {
      reception = try driver.receive(into: &received)
      copyReceived()
    }
    guard !working.isEmpty else { return reception }
    // The program, and what its run finds in maps, the next programs and sockets among it, lives until every packet has left.
    worker.enterBatch()
    defer { worker.leaveBatch() }
    let program = unsafe attachPoint.programInBatch
    unsafe program._withUnsafeGuaranteedRef { run($0) }
    if !bounced.isEmpty || !passed.isEmpty || redirection.isWaiting { try send() }
    return reception
  }

  /// Copies what the driver gave, and gives its frames back.
  private mutating func copyReceived() {
    let copied = working.append(copying: received)
    if copied != received.count { counters.add(received.count - copied, to: .outOfFrames) }
    received.removeAll()
  }

  /// Runs the program over the batch and moves every packet to where its verdict sends it.
  private mutating func run(_ program: AttachedProgram) {
    if working.mayHaveFragments, !program.engine.takesFragments {
      counters.add(working.removeFragmented(), to: .tooLong)
      if working.isEmpty { return }
    }
    counters.add(working.count, to: .received)
    counters.add(working.byteCount, to: .receivedBytes)
    program.engine.run(&working, verdicts: &verdicts, on: &worker)
    observer?.observe(working, verdicts: verdicts, worker: worker)
    counters.note(worker)
    sort(program)
    working.removeAll()
  }

  /// Moves packets to where their verdicts send them, those of one verdict together; those that go nowhere stay.
  private mutating func sort(_ program: AttachedProgram) {
    var rest = working.packets
    _ = take(.drop, from: &rest)
    if rest.isEmpty { return }
    let through = take(.pass, from: &rest)
    working.move(through, to: &passed)
    if rest.isEmpty { return }
    let back = take(.tx, from: &rest)
    working.move(back, to: &bounced)
    if rest.isEmpty { return }
    var redirected = take(.redirect, from: &rest)
    if !redirected.isEmpty {
      while let (target, together) = verdicts.removeCompanions(from: &redirected) {
        redirection.take(together, of: &working, to: target, by: program, &passed)
      }
      redirection.runPassages(on: &worker, of: program, &passed)
    }
    counters.add(rest.count, to: .aborted)
    while !rest.isEmpty {
      let index = rest.removeFirst()
      if verdicts.isUnknown(at: index) { counters.add(unknownCode: verdicts.returned[index]) }
    }
  }

  /// The packets with a verdict out of those that are left, counted.
  @inline(__always)
  private func take(_ action: XDPAction, from rest: inout PacketSet) -> PacketSet {
    let found = verdicts.packets(with: action, among: rest)
    counters.add(found.count, verdict: action)
    rest.subtract(found)
    return found
  }

  /// Sends what `sort` put in order.
  private mutating func send() throws(DriverError) {
    if !bounced.isEmpty {
      let count = bounced.count
      counters.add(taken: try driver.transmit(&bounced), of: count, at: .bounce)
      bounced.removeAll()
    }
    if redirection.isWaiting { try redirection.send() }
    guard !passed.isEmpty else { return }
    let count = passed.count
    if let stack {
      counters.add(taken: try stack.transmit(&passed), of: count, at: .stack)
    } else {
      counters.add(count, to: .unclaimed)
    }
    passed.removeAll()
  }
}
