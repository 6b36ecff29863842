import BPFMaps
import XDPTypes

/// Where redirected packets wait until they are sent: outlets to drivers and sockets, and passages through the programs
/// that devmaps and cpumaps put on the way.
///
/// A passage's packets have the verdicts of its program: those for a device go out with `pass` and nowhere else, those
/// for a CPU go to the stack with `pass` or on with `redirect`. Any other verdict drops them.
final class Redirection {
  /// Packets that leave by one sink.
  private final class Outlet {
    let sink: any PacketSink
    let isSocket: Bool
    var batch: PacketBatch

    init(_ sink: any PacketSink, isSocket: Bool, pool: FramePool) {
      self.sink = sink
      self.isSocket = isSocket
      batch = PacketBatch(pool: pool)
    }
  }

  /// Packets that one program has still to see.
  private final class Passage {
    let engine: any ExecutionEngine
    /// The driver that they leave by, nil on the way to a CPU.
    let driver: (any Driver)?
    var batch: PacketBatch

    init(_ engine: any ExecutionEngine, to driver: (any Driver)?, pool: FramePool) {
      self.engine = engine
      self.driver = driver
      batch = PacketBatch(pool: pool)
    }
  }

  /// What a run of the second programs has come to.
  private var verdicts = Verdicts()
  private var running: PacketBatch
  private var outlets: [Outlet] = []
  private var passages: [Passage] = []
  private let drivers: [any Driver]
  private let maps: [any RedirectMap]
  private let pool: FramePool
  private let mode: AttachMode

  /// How many second programs in a row a packet may meet: cpumaps can lead to each other without an end.
  private static let passageLimit = 32

  init(to drivers: [any Driver], maps: [any RedirectMap], pool: FramePool, mode: AttachMode) {
    self.drivers = drivers
    self.maps = maps
    self.pool = pool
    self.mode = mode
    running = PacketBatch(pool: pool)
  }

  // MARK: Taking packets

  /// Takes a packet out of a batch and puts it on its way; one that has none stays and is counted.
  func take(
    _ index: Int,
    of batch: inout PacketBatch,
    to target: RedirectTarget,
    _ passed: inout PacketBatch,
    _ tally: inout Tally
  ) {
    guard target.isSet else { return tally.redirectFailed += 1 }
    guard let map = maps.first(where: { ObjectIdentifier($0) == target.map }) else {
      let isSent = send(index, of: &batch, by: target.ifindex, through: nil)
      return tally.redirectFailed += isSent ? 0 : 1
    }
    guard target.flags.contains(.broadcast) else {
      let isPut = put(index, of: &batch, at: target.key, in: map, &passed)
      return tally.redirectFailed += isPut ? 0 : 1
    }
    let ingress = target.flags.contains(.excludeIngress) ? batch.ingressIfindex : 0
    let keys = map.targetKeys().filter { key in
      map.target(for: key).map { $0.number != ingress && driver($0.number) != nil } ?? false
    }
    guard let last = keys.last else { return tally.redirectFailed += 1 }
    for key in keys.dropLast() {
      // A copy is a packet of its own, which then moves like any other.
      running.takeOrigin(of: batch)
      guard running.append(cloning: batch, at: index) else {
        tally.outOfFrames += 1
        continue
      }
      _ = put(running.count - 1, of: &running, at: key, in: map, &passed)
      running.removeAll()
    }
    _ = put(index, of: &batch, at: last, in: map, &passed)
  }

  private func driver(_ index: UInt32) -> (any Driver)? { drivers.first { $0.interface.index == index } }

  /// Moves a packet to where a map's entry leads; false, and it stays, where that is nowhere.
  private func put(
    _ index: Int,
    of batch: inout PacketBatch,
    at key: UInt32,
    in map: any RedirectMap,
    _ passed: inout PacketBatch
  ) -> Bool {
    guard let entry = map.target(for: key) else { return false }
    let object = map.object(for: key)
    switch map.definition.type {
    case .cpumap:
      if let engine = object as? any ExecutionEngine {
        batch.move(at: index, to: &passage(through: engine, to: nil).batch)
      } else {
        batch.move(at: index, to: &passed)
      }
      return true
    case .xskmap:
      guard let socket = object as? any SocketSink,
        socket.isBound(to: batch.ingressIfindex, queue: batch.rxQueue)
      else { return false }
      batch.move(at: index, to: &outlet(to: socket, isSocket: true).batch)
      return true
    default: return send(index, of: &batch, by: entry.number, through: object as? any ExecutionEngine)
    }
  }

  /// Moves a packet to an interface, or to the program that it has to pass before; false, and it stays, where there is none.
  private func send(
    _ index: Int,
    of batch: inout PacketBatch,
    by ifindex: UInt32,
    through engine: (any ExecutionEngine)?
  ) -> Bool {
    guard let driver = driver(ifindex) else { return false }
    if let engine {
      batch.move(at: index, to: &passage(through: engine, to: driver).batch)
    } else {
      batch.move(at: index, to: &outlet(to: driver, isSocket: false).batch)
    }
    return true
  }

  /// An outlet to a sink that has room.
  private func outlet(to sink: any PacketSink, isSocket: Bool) -> Outlet {
    if let known = outlets.first(where: { $0.sink === sink && $0.batch.room > 0 }) { return known }
    let outlet = Outlet(sink, isSocket: isSocket, pool: pool)
    outlets.append(outlet)
    return outlet
  }

  /// A passage that has room.
  private func passage(through engine: any ExecutionEngine, to driver: (any Driver)?) -> Passage {
    let known = passages.first { $0.engine === engine && $0.driver === driver && $0.batch.room > 0 }
    if let known { return known }
    let passage = Passage(engine, to: driver, pool: pool)
    passages.append(passage)
    return passage
  }

  // MARK: Second programs

  /// Runs the programs on the way until every packet is at an outlet, with the stack, or dropped.
  func runPassages(on worker: inout Worker, _ passed: inout PacketBatch, _ tally: inout Tally) {
    for _ in 0..<Self.passageLimit {
      let waiting = passages.filter { !$0.batch.isEmpty }
      if waiting.isEmpty { return }
      for passage in waiting { run(passage, on: &worker, &passed, &tally) }
    }
    for passage in passages {
      tally.redirectFailed += UInt64(passage.batch.count)
      passage.batch.removeAll()
    }
  }

  private func run(
    _ passage: Passage,
    on worker: inout Worker,
    _ passed: inout PacketBatch,
    _ tally: inout Tally
  ) {
    // Its packets may come back to the very passage, so they leave it first.
    swap(&running, &passage.batch)
    defer { running.removeAll() }
    if running.mayHaveFragments, !passage.engine.takesFragments {
      tally.redirectFailed += UInt64(running.removeFragmented())
    }
    running.egressIfindex = passage.driver?.interface.index ?? 0
    running.rxQueue = 0
    // In the kernel, metadata stays with a driver's frame only.
    if mode == .generic {
      running.removeMetadata()
    }
    passage.engine.run(&running, verdicts: &verdicts, on: &worker)
    tally.note(worker.traps)
    var moved = PacketBatch(pool: pool)
    swap(&moved, &running)
    for index in 0..<moved.count {
      switch (verdicts[index], passage.driver) {
      case (.pass, let driver?): moved.move(at: index, to: &outlet(to: driver, isSocket: false).batch)
      case (.pass, nil): moved.move(at: index, to: &passed)
      case (.redirect, nil): take(index, of: &moved, to: verdicts.targets[index], &passed, &tally)
      case (.drop, _): tally.droppedOnTheWay += 1
      default: tally.abortedOnTheWay += 1
      }
    }
  }

  // MARK: Sending

  /// Sends what waits at the outlets.
  func send(_ tally: inout Tally) throws(DriverError) {
    for outlet in outlets where !outlet.batch.isEmpty {
      let count = outlet.batch.count
      let sent = try outlet.sink.transmit(&outlet.batch)
      if outlet.isSocket {
        tally.count(delivered: sent, of: count)
      } else {
        tally.count(sent: sent, of: count)
      }
      outlet.batch.removeAll()
    }
  }

  /// Drops every packet that is on its way.
  func removeAll() {
    for outlet in outlets { outlet.batch.removeAll() }
    for passage in passages { passage.batch.removeAll() }
    running.removeAll()
  }
}
