import BPFMaps
import XDPTypes

/// Where redirected packets wait until they are sent: outlets to drivers and sockets, and passages through the programs
/// that devmaps and cpumaps put on the way.
///
/// Packets of a batch that go to the same place are looked up once and moved together. A passage's packets have the
/// verdicts of its program: those for a device go out with `pass` and nowhere else, those for a CPU go to the stack with
/// `pass` or on with `redirect`. Any other verdict drops them.
///
/// Programs and sockets that were found in maps are held only until the batch ends: what is replaced there dies then.
struct Redirection: ~Copyable {
  /// Where packets go next.
  private enum Place {
    case outlet(any PacketSink, PacketExit)
    case passage(any ExecutionEngine, (any Driver)?)
    case stack
    case nowhere(RedirectFailure)
  }

  /// Whether packets may wait at an outlet.
  private(set) var isWaiting = false
  private var outlets: [Outlet]
  private var passages: [Passage] = []
  private let drivers: [any Driver]
  private let indices: [UInt32]
  private let pool: FramePool
  private let mode: AttachMode
  private let counters: PathCounters

  /// How many rounds of second programs a batch may meet: cpumaps can lead to each other without an end.
  private static let roundLimit = 32

  init(to drivers: [any Driver], pool: FramePool, mode: AttachMode, counting counters: PathCounters) {
    self.drivers = drivers
    self.pool = pool
    self.mode = mode
    self.counters = counters
    indices = drivers.map(\.interface.index)
    outlets = drivers.map { Outlet($0, exit: .interface, pool: pool) }
  }

  // MARK: Taking packets

  /// Takes packets of one target out of a batch and puts them on their way; those that have none stay and are counted.
  mutating func take(
    _ packets: PacketSet,
    of batch: inout PacketBatch,
    to target: RedirectTarget,
    by program: AttachedProgram,
    _ passed: inout PacketBatch
  ) {
    guard target.isSet else { return counters.add(packets.count, failure: .noTarget) }
    guard let map = program.redirectMap(target.map) else {
      return put(packets, of: &batch, at: device(target.ifindex, through: nil), &passed)
    }
    guard target.flags.contains(.broadcast) else {
      return put(packets, of: &batch, at: place(target.key, in: map, for: batch), &passed)
    }
    let ingress = target.flags.contains(.excludeIngress) ? batch.ingressIfindex : 0
    var last: Place?
    for key in map.targetKeys() {
      guard let number = map.target(for: key)?.number, number != ingress, indices.contains(number) else {
        continue
      }
      if let place = last { putCopies(packets, of: batch, at: place) }
      last = place(key, in: map, for: batch)
    }
    put(packets, of: &batch, at: last ?? .nowhere(.noEntry), &passed)
  }

  /// Where a map's entry leads.
  private func place(_ key: UInt32, in map: any RedirectMap, for batch: borrowing PacketBatch) -> Place {
    guard let entry = map.target(for: key) else { return .nowhere(.noEntry) }
    let object = map.object(for: key)
    switch map.definition.type {
    case .cpumap:
      guard let engine = object as? any ExecutionEngine else { return .stack }
      return .passage(engine, nil)
    case .xskmap:
      guard let socket = object as? any SocketSink else { return .nowhere(.noEntry) }
      let isItsOwn = socket.isBound(to: batch.ingressIfindex, queue: batch.rxQueue)
      return isItsOwn ? .outlet(socket, .socket) : .nowhere(.otherQueue)
    default: return device(entry.number, through: object as? any ExecutionEngine)
    }
  }

  /// Where an interface is, or the program before it.
  private func device(_ ifindex: UInt32, through engine: (any ExecutionEngine)?) -> Place {
    guard let index = indices.firstIndex(of: ifindex) else { return .nowhere(.noInterface) }
    if let engine { return .passage(engine, drivers[index]) }
    return .outlet(drivers[index], .interface)
  }

  /// Moves packets to their next place; they stay where that is nowhere.
  private mutating func put(
    _ packets: PacketSet,
    of batch: inout PacketBatch,
    at place: Place,
    _ passed: inout PacketBatch
  ) {
    var rest = packets
    while !rest.isEmpty {
      switch place {
      case .nowhere(let failure): return counters.add(rest.count, failure: failure)
      case .stack: return batch.move(rest, to: &passed)
      case .outlet(let sink, let exit):
        let outlet = outlet(to: sink, exit)
        batch.move(rest.removeFirst(atMost: outlet.batch.room), to: &outlet.batch)
      case .passage(let engine, let driver):
        let passage = passage(through: engine, to: driver)
        batch.move(rest.removeFirst(atMost: passage.batch.room), to: &passage.batch)
      }
    }
  }

  /// Puts copies of packets at a place that a broadcast reaches; each is a packet of its own from then on.
  private mutating func putCopies(_ packets: PacketSet, of batch: borrowing PacketBatch, at place: Place) {
    var rest = packets, copied = 0
    while !rest.isEmpty {
      switch place {
      case .nowhere, .stack: return
      case .outlet(let sink, let exit):
        let outlet = outlet(to: sink, exit)
        copied += outlet.batch.append(cloning: batch, rest.removeFirst(atMost: outlet.batch.room))
      case .passage(let engine, let driver):
        let passage = passage(through: engine, to: driver)
        copied += passage.batch.append(cloning: batch, rest.removeFirst(atMost: passage.batch.room))
      }
    }
    counters.add(copied, to: .copied)
    counters.add(packets.count - copied, to: .outOfCopies)
  }

  /// An outlet to a sink that has room.
  private mutating func outlet(to sink: any PacketSink, _ exit: PacketExit) -> Outlet {
    isWaiting = true
    if let known = outlets.first(where: { $0.serves(sink) }) { return known }
    if let free = outlets.first(where: { $0.sink == nil && $0.exit == exit }) {
      free.serve(sink)
      return free
    }
    let outlet = Outlet(sink, exit: exit, pool: pool)
    outlets.append(outlet)
    return outlet
  }

  /// A passage that has room.
  private mutating func passage(through engine: any ExecutionEngine, to driver: (any Driver)?) -> Passage {
    if let known = passages.first(where: { $0.serves(engine, to: driver) }) { return known }
    if let free = passages.first(where: { $0.isFree }) {
      free.serve(engine, to: driver)
      return free
    }
    let passage = Passage(engine, to: driver, pool: pool)
    passages.append(passage)
    return passage
  }

  // MARK: Second programs

  /// Runs the programs on the way until every packet is at an outlet, with the stack, or dropped.
  mutating func runPassages(
    on worker: inout Worker,
    of program: AttachedProgram,
    _ passed: inout PacketBatch
  ) {
    for _ in 0..<Self.roundLimit {
      var isDone = true
      for passage in passages where !passage.batch.isEmpty {
        isDone = false
        run(passage, on: &worker, of: program, &passed)
      }
      if isDone { break }
    }
    for passage in passages where !passage.isFree {
      counters.add(passage.batch.count, failure: .tooManyPrograms)
      passage.removeAll()
    }
  }

  private mutating func run(
    _ passage: Passage,
    on worker: inout Worker,
    of program: AttachedProgram,
    _ passed: inout PacketBatch
  ) {
    passage.run(on: &worker, inMode: mode, counting: counters)
    var rest = passage.batch.packets
    let dropped = passage.verdicts.packets(with: .drop, among: rest)
    counters.add(dropped.count, to: .droppedOnTheWay)
    rest.subtract(dropped)
    let through = passage.verdicts.packets(with: .pass, among: rest)
    rest.subtract(through)
    if let driver = passage.driver {
      put(through, of: &passage.batch, at: .outlet(driver, .interface), &passed)
    } else {
      put(through, of: &passage.batch, at: .stack, &passed)
      var redirected = passage.verdicts.packets(with: .redirect, among: rest)
      rest.subtract(redirected)
      while let (target, together) = passage.verdicts.removeCompanions(from: &redirected) {
        take(together, of: &passage.batch, to: target, by: program, &passed)
      }
    }
    counters.add(rest.count, to: .abortedOnTheWay)
    passage.removeAll()
  }

  // MARK: Sending

  /// Sends what waits at the outlets.
  mutating func send() throws(DriverError) {
    isWaiting = false
    for outlet in outlets { try outlet.send(counting: counters) }
  }

  /// Drops every packet that is on its way.
  mutating func removeAll() {
    isWaiting = false
    for outlet in outlets { outlet.removeAll() }
    for passage in passages { passage.removeAll() }
  }
}
