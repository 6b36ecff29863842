import BPF
import LinuxKernel
import TestSupport
import Testing

/// The kernel judges the cases: what it computes is right, and what it refuses is marked as such.
@Suite(KernelAccess.required) struct `Conformance of the cases to Linux` {
  @Test(arguments: try ConformanceFile.all())
  func `the kernel finds what the case says`(conformance: ConformanceCase) throws {
    switch conformance.judgement {
    case .refuses:
      #expect(throws: KernelError.self) { try Self.evaluate(conformance) }
    case .agrees:
      let (r0, memory) = try Self.evaluate(conformance)
      #expect(conformance.expectation.isMet(by: r0, memory: memory))
    case .main:
      let program = Program("main", conformance.code, license: "GPL")
      let result = try KernelEngine.load(program).testRun(packet: [UInt8](repeating: 0, count: 64))
      #expect(conformance.expectation.isMet(by: UInt64(result.returned), memory: conformance.memory))
    }
  }

  /// `KernelEngine.evaluate` puts the memory into a packet, where atomic operations are not allowed; a map's value
  /// allows everything.
  private static func evaluate(_ conformance: ConformanceCase) throws -> (r0: UInt64, memory: [UInt8]) {
    let definition = MapDefinition(
      name: "memory",
      type: .array,
      keySize: 4,
      valueSize: resultByteCount + conformance.memory.count,
      maxEntries: 1
    )
    let map = try KernelMap.make(definition)
    let key: [UInt8] = [0, 0, 0, 0]
    let result = [UInt8](repeating: 0, count: resultByteCount)
    try map.update(key, to: result + conformance.memory)
    var program = Program("conformance", trampoline(conformance) + conformance.code, license: "GPL")
    program.maps = [definition]
    _ = try KernelEngine.load(program, maps: [map]).testRun(packet: [UInt8](repeating: 0, count: 64))
    let value = try #require(try map.lookup(key))
    let r0 = value.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return (r0, Array(value.dropFirst(resultByteCount)))
  }

  /// Room for `r0` before the memory.
  private static let resultByteCount = 8

  /// Calls the case's code, which follows, and stores its `r0` at the start of the map's value.
  private static func trampoline(_ conformance: ConformanceCase) -> [Instruction] {
    let count = conformance.memory.count
    let memory: Immediate64 = count == 0 ? .value(0) : .mapValue(index: 0, offset: UInt32(resultByteCount))
    return [
      .loadImmediate(.r1, memory),
      .alu(.mov, .doubleWord, .r2, .immediate(Int32(count))),
      .call(.local(offset: 5)),
      .loadImmediate(.r1, .mapValue(index: 0, offset: 0)),
      .store(.doubleWord, .register(.r0), to: Address(.r1)),
      .alu(.mov, .doubleWord, .r0, .immediate(2)),
      .exit,
    ]
  }
}

extension ConformanceCase.Expectation {
  /// Whether code that returned this did what the case says.
  func isMet(by r0: UInt64, memory: [UInt8]) -> Bool {
    guard case .returns(let expected, let after) = self else { return false }
    return r0 == expected && (after == nil || after == memory)
  }
}
