public import BPF

extension KernelEngine {
  /// Runs a function in the kernel: `r1` is the address of `memory`, or 0 where there is none, `r2` its length.
  ///
  /// The function is called from a small XDP program whose packet holds the memory, so the kernel's verifier sees it
  /// first, with memory of known size. Local calls within it work as they are. A test suite asks with it what the
  /// kernel computes for a few instructions:
  ///
  ///     let answer = try KernelEngine.evaluate([.alu(.mov, .doubleWord, .r0, .immediate(-1)), .exit])
  ///     #expect(answer.r0 == .max)
  ///
  /// - Parameters:
  ///   - function: The code; all of it must be reachable, and all its stack frames together below 512 bytes.
  ///   - memory: At most 3,488 bytes.
  ///   - maps: What `Immediate64.map(index:)` refers to.
  /// - Returns: All 64 bits of `r0` and the memory afterwards.
  /// - Throws: The kernel's refusal, with its verifier's log where that was the cause.
  public static func evaluate(
    _ function: [Instruction],
    memory: [UInt8] = [],
    maps: [KernelMap] = []
  ) throws(KernelError) -> (r0: UInt64, memory: [UInt8]) {
    var program = Program("evaluate", trampoline(memoryByteCount: memory.count) + function, license: "GPL")
    program.maps = maps.map(\.definition)
    let packet = [UInt8](repeating: 0, count: resultArea) + memory
    let result = try load(program, maps: maps).testRun(packet: packet)
    guard result.returned == 2 else {
      throw KernelError(
        command: BPFCommand.testRun.name,
        subject: program.name,
        code: .tooBig,
        advice: "\(memory.count) bytes do not fit a test packet"
      )
    }
    let r0 = result.data.prefix(8).enumerated()
      .reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    return (UInt64(littleEndian: r0), Array(result.data.dropFirst(resultArea)))
  }

  /// Before the memory: eight bytes for `r0`, and room to keep the memory aligned and the packet long enough.
  private static let resultArea = 32

  /// Calls the function behind it and stores what it gives at the packet's start; returns 2 then, 1 for a short packet.
  private static func trampoline(memoryByteCount count: Int) -> [Instruction] {
    let end = resultArea + count
    let arguments: [Instruction] =
      count == 0
      ? [.alu(.mov, .doubleWord, .r1, .immediate(0)), .alu(.mov, .doubleWord, .r2, .immediate(0))]
      : [
        .alu(.mov, .doubleWord, .r1, .register(.r6)),
        .alu(.add, .doubleWord, .r1, .immediate(Int32(resultArea))),
        .alu(.mov, .doubleWord, .r2, .immediate(Int32(clamping: count))),
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
      .alu(.add, .doubleWord, .r8, .immediate(Int32(clamping: end))),
      .branch(.gt, .doubleWord, .r8, .register(.r7), offset: Int16(arguments.count + tail.count - 1)),
    ] + arguments + tail
  }
}
