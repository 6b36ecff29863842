import BPF
import BPFMaps
import BPFRuntime
import LinuxKernel
import TestSupport
import Testing
import XDP

@Suite(KernelAccess.required) struct `Random functions` {
  /// Calls of each function, with other numbers.
  private static let calls = 8

  @Test(arguments: Seeds.first(300))
  func `compute the same in the interpreter, in the oracle and in the kernel`(seed: UInt64) throws {
    var generator = RandomFunction(seed: seed)
    let code = generator.code(), program = Program("function", code, maps: RandomFunction.maps)
    let kernelMaps = try KernelEngine.makeMaps(RandomFunction.maps)
    let kernel = try KernelFunction(code, memoryByteCount: RandomFunction.memoryByteCount, maps: kernelMaps)
    let maps = try Self.userMaps(), oracleMaps = try Self.userMaps()
    let interpreter = try Interpreter(program, in: Self.environment(maps))
    let oracle = try OracleInterpreter(program, in: Self.environment(oracleMaps))
    let machine = Machine()
    for _ in 0..<Self.calls {
      let before = generator.memory(), expected = try kernel.call(memory: before)
      var memory = before, oracleMemory = before
      let outcome = interpreter.run(on: machine, memory: &memory)
      let judged = oracle.run(on: machine, memory: &oracleMemory)
      try #require(
        outcome == .returned(expected.r0) && memory == expected.memory,
        "ours \(outcome) \(memory), the kernel's \(expected), from \(before) by \(code)"
      )
      try #require(
        judged == .returned(expected.r0) && oracleMemory == expected.memory,
        "the oracle's \(judged) \(oracleMemory), the kernel's \(expected), from \(before) by \(code)"
      )
    }
    for (index, kernels) in kernelMaps.enumerated() {
      let expected = try contents(of: kernels)
      try #require(try contents(of: maps[index]) == expected, "map \(index) after \(code)")
      try #require(try contents(of: oracleMaps[index]) == expected, "the oracle's map \(index) after \(code)")
    }
  }

  @Test(arguments: Seeds.first(100))
  func `work on packets as the kernel does`(seed: UInt64) throws {
    var generator = RandomFunction(seed: seed, on: .packet)
    let program = Program("packets", generator.code(), license: "GPL", maps: RandomFunction.maps)
    let comparison = try ObjectComparison([program], of: ProgramSubject("packets"))
    for _ in 0..<Self.calls {
      let packet = generator.memory() + generator.random.bytes(generator.random.pick([0, 1, 60]))
      try #require(try comparison.run(0, packet).difference == nil, "\(program.instructions) on \(packet)")
    }
    try #require(try comparison.run(0, generator.random.bytes(127)).difference == nil)
    try #require(try comparison.differingMaps() == [], "\(program.instructions)")
  }

  private static func userMaps() throws -> [UserMap] {
    try RandomFunction.maps.map { try UserMap.make($0, cpuCount: 1, memory: MemoryLimit()) }
  }

  private static func environment(_ maps: [UserMap]) -> BPFRuntime.Environment {
    BPFRuntime.Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .xdp, maps: maps)
  }
}
