import BPF
import BPFJIT
import BPFRuntime
import Emulation
import Testing

/// Machine code checks nothing, so it runs only what the kernel lets run.
@Suite struct `Conformance of machine code` {
  private static let safe = Result {
    try ConformanceFile.all().filter { conformance in
      if case .returns = conformance.expectation { conformance.judgement != .refuses } else { false }
    }
  }

  @Test(
    .enabled("there is a code generator for this processor") { CompiledProgram.isSupported },
    arguments: try safe.get()
  )
  func `it does what the case says`(conformance: ConformanceCase) throws {
    try Self.run(conformance, on: HostProcessor())
  }

  @Test(EmulatedProcessor.required, arguments: try safe.get(), EmulatedProcessor.all)
  func `it does so on arm64`(conformance: ConformanceCase, processor: EmulatedProcessor) throws {
    try Self.run(conformance, on: processor)
  }

  private static func run(_ conformance: ConformanceCase, on processor: any Processor) throws {
    let environment = Environment(
      context: ContextLayout(byteCount: 0, fields: []),
      helpers: HelperTable()
    )
    let program = Program(conformance.name, conformance.code)
    let compiled = try unsafe CompiledProgram(trusting: program, in: environment, on: processor) { _ in false
    }
    var memory = conformance.memory
    switch compiled.run(on: Machine(), memory: &memory) {
    case .returned(let r0):
      // A whole program's answer has 32 bits.
      let seen = conformance.judgement == .main ? r0 & 0xFFFF_FFFF : r0
      #expect(conformance.expectation.isMet(by: seen, memory: memory))
    case .trapped(let trap): Issue.record("\(trap)")
    }
  }
}
