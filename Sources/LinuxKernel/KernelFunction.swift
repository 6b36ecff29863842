public import BPF

/// A function in the kernel that takes memory and a length, and no packet: what a test suite asks about instructions.
///
/// `r1` is the address of the memory, or 0 where there is none, `r2` its length. The function is called from a small XDP
/// program whose packet holds the memory, so the kernel's verifier sees it first, with memory of known size. Local calls
/// within it work as they are.
///
///     let answer = try KernelFunction([.alu(.mov, .doubleWord, .r0, .immediate(-1)), .exit]).call()
///     #expect(answer.r0 == .max)
public struct KernelFunction: Sendable {
  private let program: LoadedProgram
  private let memoryByteCount: Int

  /// Loads a function.
  ///
  /// - Parameters:
  ///   - code: The function, all of it reachable, all its stack frames together below 512 bytes.
  ///   - memoryByteCount: The length of the memory that it is called with, at most 3,488 bytes.
  ///   - maps: What `Immediate64.map(index:)` refers to.
  /// - Throws: The kernel's refusal, with its verifier's log where that was the cause.
  public init(_ code: [Instruction], memoryByteCount: Int = 0, maps: [KernelMap] = []) throws(KernelError) {
    guard memoryByteCount <= 3520 - Self.resultArea else {
      throw KernelError(
        command: BPFCommand.testRun.name,
        subject: "function",
        code: .tooBig,
        advice: "\(memoryByteCount) bytes do not fit the linear part of a test packet"
      )
    }
    var program = Program("function", Self.trampoline(memoryByteCount) + code, license: "GPL")
    program.maps = maps.map(\.definition)
    self.program = try KernelEngine.load(program, maps: maps)
    self.memoryByteCount = memoryByteCount
  }

  /// Calls the function.
  ///
  /// - Parameter memory: As many bytes as were promised.
  /// - Returns: All 64 bits of `r0` and the memory afterwards.
  /// - Throws: The kernel's refusal to run it.
  public func call(memory: [UInt8] = []) throws(KernelError) -> (r0: UInt64, memory: [UInt8]) {
    precondition(
      memory.count == memoryByteCount,
      "the function was loaded for \(memoryByteCount) bytes of memory"
    )
    let result = try program.testRun(packet: [UInt8](repeating: 0, count: Self.resultArea) + memory)
    let r0 = UInt64(result.data.word(at: 0)) | UInt64(result.data.word(at: 4)) << 32
    return (r0, Array(result.data.dropFirst(Self.resultArea)))
  }

  /// Before the memory: eight bytes for `r0`, and room to keep the memory aligned and the packet long enough.
  private static let resultArea = 32

  /// Calls the function behind it and stores what it gives at the packet's start; returns 2.
  private static func trampoline(_ count: Int) -> [Instruction] {
    let arguments: [Instruction] =
      count == 0
      ? [.alu(.mov, .doubleWord, .r1, .immediate(0)), .alu(.mov, .doubleWord, .r2, .immediate(0))]
      : [
        .alu(.mov, .doubleWord, .r1, .register(.r6)),
        .alu(.add, .doubleWord, .r1, .immediate(Int32(resultArea))),
        .alu(.mov, .doubleWord, .r2, .immediate(Int32(count))),
      ]
    let tail: [Instruction] = [
      .call(.local(offset: 3)),
      .store(.doubleWord, .register(.r0), to: Address(.r6)),
      .alu(.mov, .doubleWord, .r0, .immediate(2)),
      .exit,
    ]
    return [
      .alu(.mov, .doubleWord, .r0, .immediate(1)),
      .load(.word, .r6, from: Address(.r1, 0)),
      .load(.word, .r7, from: Address(.r1, 4)),
      .alu(.mov, .doubleWord, .r8, .register(.r6)),
      .alu(.add, .doubleWord, .r8, .immediate(Int32(resultArea + count))),
      .branch(.gt, .doubleWord, .r8, .register(.r7), offset: Int16(arguments.count + tail.count - 1)),
    ] + arguments + tail
  }
}
