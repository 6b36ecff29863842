import BPFRuntime

/// Packets that a program has still to see on their way to a device or a CPU.
final class Passage {
  /// The program, nil while the passage waits for one; maps hold it, and so does the passage as long as it is in use.
  private var engine: (any ExecutionEngine)?
  /// The driver that they leave by, nil on the way to a CPU.
  private(set) var driver: (any Driver)?
  /// The packets, and what the program said of them.
  var batch: PacketBatch
  private(set) var verdicts = Verdicts()
  private var isRunning = false

  init(_ engine: any ExecutionEngine, to driver: (any Driver)?, pool: FramePool) {
    self.engine = engine
    self.driver = driver
    batch = PacketBatch(pool: pool)
  }

  /// Whether nobody uses it.
  var isFree: Bool { engine == nil }

  /// Whether another packet on its way to a driver through an engine fits here.
  func serves(_ engine: any ExecutionEngine, to driver: (any Driver)?) -> Bool {
    self.engine === engine && self.driver === driver && !isRunning && batch.room > 0
  }

  /// Turns to another engine and driver.
  func serve(_ engine: any ExecutionEngine, to driver: (any Driver)?) {
    self.engine = engine
    self.driver = driver
  }

  /// Runs the program over the packets, after which the passage takes no others until it is emptied.
  ///
  /// Packets that go on in fragments are dropped where the program does not know them.
  func run(on worker: inout Worker, inMode mode: AttachMode, counting counters: PathCounters) {
    guard let engine else { return }
    isRunning = true
    if batch.mayHaveFragments, !engine.takesFragments {
      counters.add(batch.removeFragmented(), failure: .noFragments)
    }
    batch.egressIfindex = driver?.interface.index ?? 0
    batch.rxQueue = 0
    // In the kernel, metadata stays with a driver's frame only.
    if mode == .generic { batch.removeMetadata() }
    engine.run(&batch, verdicts: &verdicts, on: &worker)
    counters.note(worker)
  }

  /// Drops what is left here and lets go of the program.
  func removeAll() {
    batch.removeAll()
    engine = nil
    driver = nil
    isRunning = false
  }
}
