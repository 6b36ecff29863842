import BPF
import BPFRuntime
import Testing

@Suite struct `Conformance of the interpreter` {
  @Test(arguments: try ConformanceFile.all())
  func `the fast mode does what the case says`(conformance: ConformanceCase) throws {
    let outcome = conformance.outcome { program, environment, memory throws(BindingError) in
      try Interpreter(program, in: environment).run(on: Machine(), memory: &memory)
    }
    #expect(outcome == conformance.untracked)
  }

  @Test(arguments: try ConformanceFile.all())
  func `the oracle mode does what the case says`(conformance: ConformanceCase) throws {
    let outcome = conformance.outcome { program, environment, memory throws(BindingError) in
      try OracleInterpreter(program, in: environment).run(on: Machine(), memory: &memory)
    }
    #expect(outcome == conformance.expectation)
  }
}

extension ConformanceCase {
  /// What came of the code on an engine, in the case's own terms.
  fileprivate func outcome(
    of run: (Program, Environment, inout [UInt8]) throws(BindingError) -> RunOutcome
  ) -> Expectation {
    // An endless loop need not be long; one that `may_goto` ends must be able to use its allowance up.
    let budget: UInt64 = expectation == .stops("budget") ? 100_000 : 1 << 26
    let context = ContextLayout(byteCount: 0, fields: [])
    let environment = Environment(context: context, helpers: HelperTable(), budget: budget)
    var after = memory
    do {
      switch try run(Program(name, code), environment, &after) {
      case .returned(let r0):
        if case .returns(_, _?) = expectation { return .returns(r0, memory: after) }
        return .returns(r0, memory: nil)
      case .trapped(let trap): return .stops("\(trap.kind)")
      }
    } catch {
      return .stops("binding")
    }
  }
}
