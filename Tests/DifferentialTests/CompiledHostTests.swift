import BPF
import BPFJIT
import BPFMaps
import BPFRuntime
import BPFVerifier
import Synchronization
import TestSupport
import Testing
import XDP

/// Helpers to which machine code's plain addresses are not enough: those that print, and timers.
@Suite(.enabled("there is a code generator for this processor") { CompiledProgram.isSupported })
struct `Helpers that know whose machine code calls them` {
  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private static func program(_ text: String, maps: [MapDefinition] = []) throws -> Program {
    var program = Program("host", try Assembler.assemble(text), license: "GPL")
    program.maps = maps
    return program
  }

  /// What a run prints: "%s" of an address that the text puts into `r3`.
  private static func printed(_ address: String, compiled: Bool) throws -> [String] {
    let text = """
      r6 = r1
      *(u64 *)(r10 - 8) = 0x7325
      r1 = 0x636261
      *(u64 *)(r10 - 16) = r1
      \(address)
      r1 = r10
      r1 += -8
      r2 = 3
      call bpf_trace_printk#6
      r0 = 2
      exit
      """
    let lines = Lines()
    let verified = try Verifier(.xdp()).verify(program(text))
    let loaded = try LoadedObject([verified], options: LoadOptions(clock: .fixed(5)) { lines.add($0) })
    let engine: any ExecutionEngine = compiled ? try loaded.compiled(verified) : loaded.engines[0]
    var batch = PacketBatch(pool: try FramePool(frameCount: 1, geometry: .kernelTestRun))
    let packet = Array("packet\0 and what is behind it".utf8)
    let isIn = batch.append(copying: packet.rawBytes)
    #expect(isIn)
    var verdicts = Verdicts(), worker = loaded.makeWorker()
    engine.run(&batch, verdicts: &verdicts, on: &worker)
    #expect(verdicts[0] == .pass)
    return lines.all
  }

  @Test(arguments: [
    ("r3 = r10\nr3 += -16", "abc"), ("r3 = *(u32 *)(r6 + 0)", "packet"),
    ("r3 = 4096", nil), ("r3 = -1", nil), ("r3 = r6", nil),
  ])
  func `print what pointers lead to, where the program may read`(address: String, expected: String?) throws {
    let lines = try Self.printed(address, compiled: true)
    #expect(lines == (try Self.printed(address, compiled: false)))
    if let expected { #expect(lines == [expected]) } else { #expect(lines.count == 1) }
  }

  @Test func `run the functions of timers that machine code has set`() throws {
    let counting = MapDefinition(name: "counting", type: .array, keySize: 4, valueSize: 24, maxEntries: 1)
    func count(compiled: Bool) throws -> [UInt8]? {
      var map = counting
      map.fields = [KernelField(.timer, at: 0)]
      var program = Program(
        "timed",
        [
          .store(.word, .immediate(0), to: Address(.r10, -4)),
          .alu(.mov, .doubleWord, .r2, .register(.r10)),
          .alu(.add, .doubleWord, .r2, .immediate(-4)),
          .loadImmediate(.r1, .map(index: 0)),
          .call(.helper(1)),
          .branch(.eq, .doubleWord, .r0, .immediate(0), offset: 14),
          .alu(.mov, .doubleWord, .r6, .register(.r0)),
          .alu(.mov, .doubleWord, .r1, .register(.r6)),
          .loadImmediate(.r2, .map(index: 0)),
          .alu(.mov, .doubleWord, .r3, .immediate(1)),
          .call(.helper(169)),
          .alu(.mov, .doubleWord, .r1, .register(.r6)),
          .loadImmediate(.r2, .function(offset: 8)),
          .call(.helper(170)),
          .alu(.mov, .doubleWord, .r1, .register(.r6)),
          .alu(.mov, .doubleWord, .r2, .immediate(0)),
          .alu(.mov, .doubleWord, .r3, .immediate(0)),
          .call(.helper(171)),
          .alu(.mov, .doubleWord, .r0, .immediate(2)),
          .exit,
          .load(.doubleWord, .r1, from: Address(.r3, 16)),
          .alu(.add, .doubleWord, .r1, .immediate(1)),
          .store(.doubleWord, .register(.r1), to: Address(.r3, 16)),
          .alu(.mov, .doubleWord, .r0, .immediate(0)),
          .exit,
        ],
        license: "GPL"
      )
      program.maps = [map]
      let verified = try Verifier(.xdp()).verify(program)
      let loaded = try LoadedObject([verified], options: LoadOptions(clock: .fixed(5)))
      let engine: any ExecutionEngine = compiled ? try loaded.compiled(verified) : loaded.engines[0]
      var batch = PacketBatch(pool: try FramePool(frameCount: 1, geometry: .kernelTestRun))
      let isIn = batch.append(copying: [UInt8](repeating: 0, count: 60).rawBytes)
      #expect(isIn)
      var verdicts = Verdicts(), worker = loaded.makeWorker()
      for _ in 0..<3 { engine.run(&batch, verdicts: &verdicts, on: &worker) }
      #expect(worker.traps.isEmpty && worker.timerTraps.isEmpty)
      return try loaded.maps[0].lookup([0, 0, 0, 0])
    }
    let counted = try count(compiled: true)
    #expect(counted == (try count(compiled: false)))
    #expect(counted?[16...] == [2, 0, 0, 0, 0, 0, 0, 0])
  }
}
