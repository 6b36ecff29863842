public import BPFMaps
import XDPTypes

/// One queue, one program, one loop: receive, run, and send every packet on its way.
///
/// Every packet that is received ends in exactly one place: back in its pool, with the driver it came from, with the
/// driver it was redirected to, or with the stack. `tally` says how many went where.
public struct DataPath: ~Copyable {
  /// Where packets come from and bounce to.
  public let driver: any Driver
  /// What decides.
  public let engine: any ExecutionEngine
  /// Where passed packets go; without one they are counted and dropped.
  public let stack: (any PacketSink)?
  /// Where the program runs: on the driver's frames or on copies.
  public let mode: AttachMode
  /// Sees every batch after the run.
  public let observer: (any VerdictObserver)?
  /// What has become of the packets so far.
  public private(set) var tally = Tally()
  /// The thread's state.
  public var worker: Worker

  private var received: PacketBatch
  private var working: PacketBatch
  private var bounced: PacketBatch
  private var passed: PacketBatch
  private let redirection: Redirection
  private var verdicts = Verdicts()

  /// Makes a path.
  ///
  /// `targets` are the drivers that redirects may name by their ifindex; the path's own driver is always one of them.
  /// `maps` are the program's: a redirect through one of them goes on through the program of its entry, into its socket,
  /// or to every entry if it is for all.
  /// Generic mode copies each packet into a frame of its own before the run, with the default geometry's headroom.
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
    let pool = try Self.pool(for: mode, of: driver)
    self.driver = driver
    self.engine = engine
    self.stack = stack
    self.mode = mode
    self.observer = observer
    self.worker = worker
    received = PacketBatch(pool: driver.pool)
    working = PacketBatch(pool: pool)
    bounced = PacketBatch(pool: pool)
    passed = PacketBatch(pool: pool)
    redirection = Redirection(
      to: [driver] + targets,
      maps: maps.compactMap { $0 as? any RedirectMap },
      pool: pool,
      mode: mode
    )
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
    if working.mayHaveFragments, !engine.takesFragments {
      tally.tooLong += UInt64(working.removeFragmented())
    }
    guard !working.isEmpty else { return reception }
    countReceived()
    // What the run found in maps, the next programs and sockets among it, lives until every packet has its place.
    let boundary = worker.machine.boundary
    boundary.enter()
    engine.run(&working, verdicts: &verdicts, on: &worker)
    observer?.observe(working, verdicts: verdicts, worker: worker)
    sort()
    boundary.leave()
    try send()
    return reception
  }

  /// Copies what the driver gave, and gives its frames back.
  private mutating func copyReceived() {
    let copied = working.append(copying: received)
    tally.outOfFrames += UInt64(received.count - copied)
    received.removeAll()
  }

  private mutating func countReceived() {
    tally.received += UInt64(working.count)
    for index in 0..<working.count { tally.receivedBytes += UInt64(working[index].length) }
  }

  /// Moves every packet to where its verdict sends it; those that go nowhere give their frames back.
  private mutating func sort() {
    for index in 0..<working.count {
      let action = verdicts[index]
      tally[action] += 1
      switch action {
      case .aborted: if verdicts.isUnknown(at: index) { tally.countUnknown(verdicts.returned[index]) }
      case .drop: break
      case .pass: working.move(at: index, to: &passed)
      case .tx: working.move(at: index, to: &bounced)
      case .redirect:
        redirection.take(index, of: &working, to: verdicts.targets[index], &passed, &tally)
      }
    }
    tally.note(worker.traps)
    tally.note(timers: worker.timerTraps)
    working.removeAll()
    redirection.runPassages(on: &worker, &passed, &tally)
  }

  /// Sends what `sort` put in order.
  private mutating func send() throws(DriverError) {
    if !bounced.isEmpty {
      let count = bounced.count
      tally.count(sent: try driver.transmit(&bounced), of: count)
      bounced.removeAll()
    }
    try redirection.send(&tally)
    guard !passed.isEmpty else { return }
    let count = passed.count
    if let stack { tally.count(delivered: try stack.transmit(&passed), of: count) }
    passed.removeAll()
  }
}
