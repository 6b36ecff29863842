import BPFJIT
import XDP

/// The loop that the table's first rows measure: descriptors of a batch, the program, a verdict each, frames back.
struct RingLoop: ~Copyable {
  private let ring: PacketRing
  private let engine: CompiledProgram
  private var batch: PacketBatch
  private var verdicts = Verdicts()
  private var worker: Worker

  /// A compiled program over the packets of a ring.
  init(_ engine: CompiledProgram, of loaded: LoadedObject, over ring: PacketRing) {
    self.engine = engine
    self.ring = ring
    worker = loaded.makeWorker()
    batch = PacketBatch(pool: ring.pool)
  }

  /// Takes every packet through the loop so many times: how many there were in batches whose last one was dropped.
  mutating func run(passes: Int) -> Int {
    var dropped = 0
    for _ in 0..<passes {
      var left = ring.count
      while left > 0 {
        left -= ring.receive(into: &batch)
        engine.run(&batch, verdicts: &verdicts, on: &worker)
        // To look at all of them would cost as much as a small program.
        if verdicts.actions[batch.count - 1] == 1 { dropped += batch.count }
        batch.removeAll()
      }
    }
    return dropped
  }

  /// Whether each and every packet is dropped.
  mutating func dropsAll() -> Bool {
    var left = ring.count, dropped = 0
    while left > 0 {
      left -= ring.receive(into: &batch)
      engine.run(&batch, verdicts: &verdicts, on: &worker)
      for index in 0..<batch.count where verdicts.actions[index] == 1 { dropped += 1 }
      batch.removeAll()
    }
    return dropped == ring.count
  }
}
