import BPF
import BPFRuntime
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Random functions` {
  @Test(arguments: Seeds.first(300))
  func `compute the same in the interpreter and in the kernel`(seed: UInt64) throws {
    var generator = RandomFunction(seed: seed)
    let code = generator.code()
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: HelperTable())
    let interpreter = try Interpreter(Program("function", code), in: environment)
    let machine = Machine()
    let kernel = try KernelFunction(code, memoryByteCount: RandomFunction.memoryByteCount)
    for _ in 0..<8 {
      let before = generator.memory()
      var memory = before
      let outcome = interpreter.run(on: machine, memory: &memory)
      let expected = try kernel.call(memory: before)
      try #require(
        outcome == .returned(expected.r0) && memory == expected.memory,
        "ours \(outcome) \(memory), the kernel's \(expected), from \(before) by \(code)"
      )
    }
  }
}
