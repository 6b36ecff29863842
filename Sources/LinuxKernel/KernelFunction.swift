public import BPF

/// A function in the kernel that takes memory and a length, and no packet: what a test suite asks about instructions.
///
/// `r1` is the address of the memory, or 0 where there is none, `r2` its length. The function is called from a small XDP
/// program, with the value of a map as its memory, so the kernel's verifier sees it first and knows the memory's size.
/// Local calls within it work as they are.
///
///     let answer = try KernelFunction([.alu(.mov, .doubleWord, .r0, .immediate(-1)), .exit]).call()
///     #expect(answer.r0 == .max)
public struct KernelFunction: Sendable {
  private let program: LoadedProgram
  private let memory: KernelMap?
  private let result: KernelMap

  /// Loads a function.
  ///
  /// - Parameters:
  ///   - code: The function, all of it reachable, all its stack frames together below 512 bytes.
  ///   - memoryByteCount: The length of the memory that it is called with.
  ///   - maps: What `Immediate64.map(index:)` refers to.
  /// - Throws: The kernel's refusal, with its verifier's log where that was the cause.
  public init(_ code: [Instruction], memoryByteCount: Int = 0, maps: [KernelMap] = []) throws(KernelError) {
    result = try KernelMap.make(Self.bytes("result", 8))
    memory = memoryByteCount == 0 ? nil : try KernelMap.make(Self.bytes("memory", memoryByteCount))
    var all = maps + [result]
    if let memory { all.append(memory) }
    let arguments: [Instruction] = [
      .loadImmediate(.r1, memory == nil ? .value(0) : .mapValue(index: Int32(maps.count + 1), offset: 0)),
      .alu(.mov, .doubleWord, .r2, .immediate(Int32(clamping: memoryByteCount))),
    ]
    let rest: [Instruction] = [
      .loadImmediate(.r1, .mapValue(index: Int32(maps.count), offset: 0)),
      .store(.doubleWord, .register(.r0), to: Address(.r1)),
      .alu(.mov, .doubleWord, .r0, .immediate(2)),
      .exit,
    ]
    let call = Instruction.call(.local(offset: Int32(rest.reduce(0) { $0 + $1.slotCount })))
    var program = Program("function", arguments + [call] + rest + code, license: "GPL")
    program.maps = all.map(\.definition)
    self.program = try KernelEngine.load(program, maps: all)
  }

  /// Calls the function.
  ///
  /// - Parameter bytes: The memory, as many bytes as were promised.
  /// - Returns: All 64 bits of `r0` and the memory afterwards.
  /// - Throws: The kernel's refusal to run it.
  public func call(memory bytes: [UInt8] = []) throws(KernelError) -> (r0: UInt64, memory: [UInt8]) {
    precondition(
      bytes.count == memory?.definition.valueSize ?? 0,
      "the memory's length was fixed at the load"
    )
    try memory?.store(bytes)
    _ = try program.testRun(packet: [UInt8](repeating: 0, count: 14))
    let r0 = try result.bytes()
    return (UInt64(r0.word(at: 0)) | UInt64(r0.word(at: 4)) << 32, try memory?.bytes() ?? [])
  }

  private static func bytes(_ name: String, _ count: Int) -> MapDefinition {
    MapDefinition(name: name, type: .array, keySize: 4, valueSize: count, maxEntries: 1)
  }
}
