import BPF
import BPFRuntime
import Testing

@Suite struct `Conformance of the interpreter` {
  @Test(arguments: try ConformanceFile.all())
  func `the interpreter does what the case says`(conformance: ConformanceCase) throws {
    // The fast mode does not look for what was never written.
    guard conformance.expectation != .stops("uninitialized") else { return }
    let outcome = try Self.run(conformance)
    #expect(outcome == conformance.expectation)
  }

  /// Few enough instructions for an endless loop to end soon.
  private static let budget: UInt64 = 100_000

  private static func run(_ conformance: ConformanceCase) throws -> ConformanceCase.Expectation {
    let context = ContextLayout(byteCount: 0, fields: [])
    let environment = Environment(context: context, helpers: HelperTable(), budget: budget)
    let interpreter: Interpreter
    do {
      interpreter = try Interpreter(Program(conformance.name, conformance.code), in: environment)
    } catch {
      return .stops("binding")
    }
    var memory = conformance.memory
    switch interpreter.run(on: Machine(), memory: &memory) {
    case .returned(let r0):
      guard case .returns(_, let after) = conformance.expectation else { return .returns(r0, memory: nil) }
      return .returns(r0, memory: after == nil ? nil : memory)
    case .trapped(let trap): return .stops("\(trap.kind)")
    }
  }
}
