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

  private static func evaluate(_ conformance: ConformanceCase) throws -> (r0: UInt64, memory: [UInt8]) {
    try KernelFunction(conformance.code, memoryByteCount: conformance.memory.count)
      .call(memory: conformance.memory)
  }
}

extension ConformanceCase.Expectation {
  /// Whether code that returned this did what the case says.
  func isMet(by r0: UInt64, memory: [UInt8]) -> Bool {
    guard case .returns(let expected, let after) = self else { return false }
    return r0 == expected && (after == nil || after == memory)
  }
}
