import BPF
import BPFJIT
import BPFRuntime
import BPFVerifier
import XDP

/// Instructions over memory, as a verified program in machine code.
///
/// Machine code is made of what was proved, and what a proof knows is XDP programs. So the instructions become a function
/// that a small program calls, with the value of one map as their memory; their answer is kept in another map.
struct MemoryProgram {
  private let original: Program
  private let wrapped: Program

  /// Slots that stand before the instructions.
  private let shift: Int

  /// Wraps instructions that are to run over so many bytes.
  init(_ program: Program, memoryByteCount: Int) {
    let answer = MapDefinition(name: "answer", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)
    let memory = MapDefinition(
      name: "memory",
      type: .array,
      keySize: 4,
      valueSize: memoryByteCount,
      maxEntries: 1
    )
    let keep: [Instruction] = [
      .loadImmediate(.r1, .mapValue(index: 0, offset: 0)),
      .store(.doubleWord, .register(.r0), to: Address(.r1)),
      .alu(.mov, .doubleWord, .r0, .immediate(2)),
      .exit,
    ]
    let caller: [Instruction] =
      [
        .loadImmediate(.r1, memoryByteCount == 0 ? .value(0) : .mapValue(index: 1, offset: 0)),
        .alu(.mov, .doubleWord, .r2, .immediate(Int32(clamping: memoryByteCount))),
        .call(.local(offset: Int32(keep.reduce(0) { $0 + $1.slotCount }))),
      ] + keep
    let shift = caller.reduce(0) { $0 + $1.slotCount }
    self.shift = shift
    original = program
    var wrapped = Program(program.name, caller + program.instructions, license: "GPL")
    wrapped.maps = memoryByteCount == 0 ? [answer] : [answer, memory]
    wrapped.lines = Dictionary(uniqueKeysWithValues: program.lines.map { ($0.key + shift, $0.value) })
    wrapped.btf = program.btf
    self.wrapped = wrapped
  }

  /// Verifies, compiles and runs the instructions.
  func run(over memory: inout [UInt8]) throws(CommandError) -> RunOutcome {
    let verified: VerifiedProgram
    do throws(Rejection) { verified = try Verifier(.xdp()).verify(wrapped) } catch {
      throw refusal(error)
    }
    do {
      let loaded = try LoadedObject([verified])
      if !memory.isEmpty { try loaded.maps[1].update([0, 0, 0, 0], to: memory, .any) }
      var test = try PacketTest(try loaded.compiled(verified), on: loaded.makeWorker())
      let outcome = try test.run(PacketTest.Input([UInt8](repeating: 0, count: 14)))
      if !memory.isEmpty { memory = try loaded.maps[1].lookup([0, 0, 0, 0]) ?? memory }
      if let trap = outcome.trap { return .trapped(trap) }
      let answer = try loaded.maps[0].lookup([0, 0, 0, 0]) ?? []
      return .returned(answer.reversed().reduce(0) { $0 << 8 | UInt64($1) })
    } catch let error as CompilationError {
      let slot = error.slot.map { "slot \($0 - shift): " } ?? ""
      throw .refused("--engine jit: \(slot)\(error.reason)")
    } catch {
      throw .refused("--engine jit: \(error)")
    }
  }

  /// The verifier's words, with the slots of the instructions as they came.
  private func refusal(_ rejection: Rejection) -> CommandError {
    var rejection = rejection
    let isInside = rejection.violation.slot.map { $0 >= shift } ?? false
    if isInside {
      rejection.program = original
      rejection.violation.slot = rejection.violation.slot.map { $0 - shift }
      rejection.path = rejection.path.filter { $0 >= shift }.map { $0 - shift }
      rejection.notes = rejection.notes.map { note in
        Rejection.Note(note.message, at: note.slot.flatMap { $0 < shift ? nil : $0 - shift })
      }
    }
    let text = RejectionText(rejection) { VerdictPaint.paint($0, $1, on: Terminal.isError) }
    return .no(
      """
      the verifier refuses these instructions, so no machine code is made of them
      \(text.lines.joined(separator: "\n"))
      note: --engine interpreter runs them all the same, and checks every access
      """
    )
  }
}
