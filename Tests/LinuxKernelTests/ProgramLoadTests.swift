import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Loading a program` {
  @Test func `a refused program's error has the verifier's reason`() throws {
    let program = try Program.assembled("r0 = *(u32 *)(r1 +100)\nexit")
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program) }
    #expect(error?.command == "BPF_PROG_LOAD")
    #expect(error?.subject == "test")
    #expect(error?.code == .accessDenied)
    #expect(error?.reason.contains("invalid bpf_context access off=100 size=4") == true)
  }

  @Test func `a refusal with a long story is told whole`() throws {
    // Every conditional jump doubles the paths that level 1 prints until the last one reads too far.
    let branches = (0..<5000).map { "if r2 == \($0) goto +0\nr3 = \($0)" }.joined(separator: "\n")
    let program = try Program.assembled(
      "r2 = *(u32 *)(r1 +12)\n\(branches)\nr0 = *(u32 *)(r1 +100)\nexit"
    )
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program) }
    #expect((error?.log.utf8.count ?? 0) > 1 << 18)
    #expect(error?.reason.contains("invalid bpf_context access off=100 size=4") == true)
  }

  @Test func `a refusal with an endless story keeps the real error and the end`() throws {
    let error = #expect(throws: KernelError.self) {
      try KernelEngine.load(.assembled("r0 = 0\nagain:\nr0 += 1\ngoto again\nexit"))
    }
    #expect(error?.code != .noSpace)
    let counting = try Program.assembled(
      "r0 = 0\nr2 = *(u32 *)(r1 +12)\nagain:\nr0 += 1\nif r0 != 9999999 goto again\nr0 = *(u32 *)(r1 +100)\nexit"
    )
    let looping = #expect(throws: KernelError.self) { try KernelEngine.load(counting) }
    #expect(looping?.code == .tooBig)
    #expect(looping?.log.hasPrefix("[…]\n") == true)
    #expect(looping?.reason.contains("too large") == true)
  }

  @Test func `a reference to a map that is not there is refused here`() throws {
    let program = try Program.assembled("r1 = map[idx:3]\nr0 = 2\nexit")
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program) }
    #expect(error?.advice == "it refers to map 3, and there are 0 maps")
  }

  @Test(arguments: [
    (KernelEngine.LogLevel.onRefusal, ""), (.full, "0: R1=ctx()"), (.statistics, "processed 2 insns"),
  ])
  func `a good program's log is as long as was asked`(level: KernelEngine.LogLevel, expected: String) throws {
    let log = try KernelEngine.load(.assembled("r0 = 2\nexit"), logLevel: level).log
    #expect(expected.isEmpty ? log.isEmpty : log.contains(expected))
  }

  @Test func `helpers for the GPL only are refused to others`() throws {
    var program = try Program.assembled(
      "r1 = r10\nr1 += -8\n*(u64 *)(r1 +0) = 0\nr2 = 8\ncall 6\nr0 = 2\nexit"
    )
    _ = try KernelEngine.load(program)
    program.license = "Apache-2.0"
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program) }
    #expect(error?.reason.contains("GPL") == true)
  }

  @Test func `names are cut to what the kernel keeps`() throws {
    var program = try Program.assembled("r0 = 2\nexit")
    program.name = "a name with spaces and ümläute that is long"
    let loaded = try KernelEngine.load(program)
    #expect(loaded.name == program.name)
    #expect(loaded.id > 0)
  }

  @Test func `a program reads its map's first value and one byte of it`() throws {
    let data = MapDefinition(
      name: ".data",
      type: .array,
      keySize: 4,
      valueSize: 8,
      maxEntries: 1,
      initialContents: .section(.data, [1, 2, 3, 4, 5, 6, 7, 8])
    )
    let program = try Program.assembled("r1 = map[idx:0][0]+5\nr0 = *(u8 *)(r1 +0)\nexit", maps: [data])
    #expect(try KernelEngine.load(program).testRun(packet: .counting(60)).returned == 6)
  }

  @Test func `programs of one object share its maps and call each other`() throws {
    let counters = MapDefinition(name: "counters", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)
    let jumps = MapDefinition(
      name: "jumps",
      type: .programArray,
      keySize: 4,
      valueSize: 4,
      maxEntries: 2,
      initialContents: .programs([1: "callee"])
    )
    let count = "r1 = map[idx:0][0]+0\nr2 = 1\nlock *(u64 *)(r1 +0) += r2\n"
    var caller = try Program.assembled(
      "r6 = r1\n\(count)r1 = r6\nr2 = map[idx:1]\nr3 = 1\ncall 12\nr0 = 1\nexit",
      maps: [counters, jumps]
    )
    caller.name = "caller"
    var callee = try Program.assembled("\(count)r0 = 3\nexit", maps: [counters, jumps])
    callee.name = "callee"
    let loaded = try KernelEngine.load([caller, callee])
    #expect(try loaded[0].testRun(packet: .counting(60)).returned == 3)
    #expect(try loaded[1].testRun(packet: .counting(60)).returned == 3)
    #expect(loaded[0].maps[0] === loaded[1].maps[0])
    #expect(try loaded[0].maps[0].lookup([0, 0, 0, 0]) == [3, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `a program array that wants an absent program says so`() throws {
    let jumps = MapDefinition(
      name: "jumps",
      type: .programArray,
      keySize: 4,
      valueSize: 4,
      maxEntries: 2,
      initialContents: .programs([1: "absent"])
    )
    let program = try Program.assembled("r0 = 2\nexit", maps: [jumps])
    let error = #expect(throws: KernelError.self) { try KernelEngine.load([program]) }
    #expect(error?.description.contains("'absent', which was not loaded") == true)
  }
}
