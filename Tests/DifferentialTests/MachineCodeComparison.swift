import BPF
import BPFJIT
import BPFMaps
import BPFRuntime
import BPFVerifier
import BTF
import TestSupport
import XDP

/// The programs of one object in the interpreter and as machine code, each with maps of its own, over whole batches.
struct MachineCodeComparison: ~Copyable {
  /// What a run has left, as far as it is compared.
  private struct Trace: Equatable {
    var returned: UInt32
    var action: UInt8
    var target: RedirectTarget?
    var bytes: [UInt8]
    var metadata: [UInt8]
    /// The slot of the call that was refused.
    var trap: Int?
  }

  /// One engine's side.
  private struct Side: ~Copyable {
    let object: LoadedObject
    let engines: [any ExecutionEngine]
    var worker: Worker
    var batch: PacketBatch
    var verdicts = Verdicts()

    init(_ object: LoadedObject, _ engines: [any ExecutionEngine], _ pool: FramePool) {
      self.object = object
      self.engines = engines
      worker = object.makeWorker()
      batch = PacketBatch(pool: pool)
      batch.ingressIfindex = 7
      batch.rxQueue = 2
    }

    mutating func run(_ index: Int, _ packets: [[UInt8]]) -> [Trace] {
      batch.removeAll()
      for packet in packets { _ = batch.append(copying: packet.rawBytes) }
      engines[index].run(&batch, verdicts: &verdicts, on: &worker)
      return (0..<batch.count).map { place in
        let isRedirect = verdicts.actions[place] == 4
        return Trace(
          returned: verdicts.returned[place],
          action: verdicts.actions[place],
          target: isRedirect ? verdicts.targets[place] : nil,
          bytes: batch.copiedBytes(at: place),
          metadata: batch.metadata(at: place).copiedBytes(),
          trap: worker.traps.first { $0.index == place }.map { $0.trap.slot }
        )
      }
    }
  }

  /// How many runs of machine code were refused.
  var trapCount: UInt64 { compiled.worker.trapCount }
  private var interpreted: Side
  private var compiled: Side

  /// Loads the programs twice, and compiles them once.
  init(_ verified: [VerifiedProgram], pools: [FramePool], on processor: any Processor) throws {
    let options = LoadOptions(clock: .fixed(5), seed: 3)
    let first = try LoadedObject(verified, options: options)
    let second = try LoadedObject(verified, options: options)
    let compiled = try verified.map { try second.compiled($0, on: processor) }
    interpreted = Side(first, first.engines, pools[0])
    self.compiled = Side(second, compiled, pools[1])
  }

  /// Runs packets through one of the programs on both sides: what differs, nil for nothing.
  mutating func difference(_ index: Int, on packets: [[UInt8]]) -> String? {
    let expected = interpreted.run(index, packets), found = compiled.run(index, packets)
    if expected == found { return nil }
    let place = zip(expected, found).enumerated().first { $1.0 != $1.1 }?.offset ?? 0
    return "program \(index), packet \(place): machine code \(found[place]), interpreter \(expected[place])"
  }

  /// What is different in the maps; nil for nothing.
  func differingMap() throws -> String? {
    for (ours, theirs) in zip(compiled.object.maps, interpreted.object.maps) {
      switch ours.definition.type {
      // Numbers of maps and programs are each load's own.
      case .arrayOfMaps, .hashOfMaps, .programArray: continue
      case .ringBuffer:
        let found = try ours.takeRecords(), expected = try theirs.takeRecords()
        if found != expected { return "\(ours.definition.name): \(found), the interpreter's \(expected)" }
      default:
        let found = try contents(of: ours), expected = try contents(of: theirs)
        if found != expected { return "\(ours.definition.name): \(found), the interpreter's \(expected)" }
      }
    }
    return nil
  }
}
