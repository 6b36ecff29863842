import BPF
import BPFRuntime
import Testing

@Suite struct `Bounds of memory accesses` {
  @Test(arguments: Mode.allCases)
  func `memory may be read to its last byte`(mode: Mode) throws {
    var memory: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    #expect(try mode.run("r0 = *(u8 *)(r1 +7)\nexit", memory: &memory).value == 8)
    #expect(try mode.run("r0 = *(u64 *)(r1 +0)\nexit", memory: &memory).value == 0x0807_0605_0403_0201)
  }

  @Test(arguments: Mode.allCases, [(-1, 1), (8, 1), (7, 2), (5, 4), (1, 8), (-8, 8), (-4, 8), (32767, 1)])
  func `one byte beyond either end is a trap that names the place`(mode: Mode, access: (Int, Int)) throws {
    var memory = [UInt8](repeating: 0, count: 8)
    let type = [1: "u8", 2: "u16", 4: "u32", 8: "u64"][access.1] ?? ""
    let outcome = try mode.run(
      "r0 = 0\nr0 = *(\(type) *)(r1 \(access.0 < 0 ? "" : "+")\(access.0))\nexit",
      memory: &memory
    )
    #expect(outcome.trap?.kind == .outOfBounds)
    #expect(outcome.trap?.slot == 1)
    #expect(outcome.trap?.message.contains("offset \(access.0) of the memory of 8 bytes") == true)
  }

  @Test(arguments: Mode.allCases, [-1, 8, 7])
  func `a store beyond either end is a trap and writes nothing`(mode: Mode, offset: Int) throws {
    var memory = [UInt8](repeating: 0xaa, count: 8)
    let outcome = try mode.run(
      "*(u16 *)(r1 \(offset < 0 ? "" : "+")\(offset)) = 0\nr0 = 0\nexit",
      memory: &memory
    )
    #expect(outcome.trap?.kind == .outOfBounds)
    #expect(memory == [UInt8](repeating: 0xaa, count: 8))
  }

  @Test(
    arguments: Mode.allCases,
    [
      "r2 = 0", "r2 = 4096", "r2 = -8", "r2 = 0x7fffffffffff ll", "r2 = 0x8000000000000000 ll",
      "r2 = 0x7fffffffffffffff ll", "r2 = 0x7ffffffffffffff8 ll",
    ]
  )
  func `a number is not a pointer`(mode: Mode, number: String) throws {
    let outcome = try mode.run("\(number)\nr0 = *(u64 *)(r2 +0)\nexit")
    #expect(outcome.trap?.kind == .outOfBounds)
  }

  @Test(arguments: Mode.allCases)
  func `a stack frame ends at the frame pointer and 512 bytes below it`(mode: Mode) throws {
    #expect(try mode.run("*(u64 *)(r10 -512) = 7\nr0 = *(u64 *)(r10 -512)\nexit").value == 7)
    #expect(try mode.run("*(u8 *)(r10 -513) = 7\nr0 = 0\nexit").trap?.kind == .outOfBounds)
    #expect(try mode.run("*(u8 *)(r10 +0) = 7\nr0 = 0\nexit").trap?.kind == .outOfBounds)
    #expect(try mode.run("*(u64 *)(r10 -4) = 7\nr0 = 0\nexit").trap?.kind == .outOfBounds)
  }

  @Test(arguments: Mode.allCases)
  func `a callee sees its caller's frame through a pointer, and not through its own`(mode: Mode) throws {
    let shared = """
      r1 = r10
      r1 += -8
      call callee
      r0 = *(u64 *)(r10 -8)
      exit
      callee: *(u64 *)(r1 +0) = 5
      r0 = 0
      exit
      """
    #expect(try mode.run(shared).value == 5)
    let outside = "call callee\nr0 = 0\nexit\ncallee: *(u64 *)(r10 +0) = 5\nr0 = 0\nexit"
    #expect(try mode.run(outside).trap?.kind == .outOfBounds)
  }

  @Test(arguments: Mode.allCases)
  func `a pointer into a frame that was left is of no use`(mode: Mode) throws {
    let text = """
      call callee
      r0 = *(u64 *)(r0 +0)
      exit
      callee: *(u64 *)(r10 -8) = 5
      r0 = r10
      r0 += -8
      exit
      """
    #expect(try mode.run(text).trap?.kind == .outOfBounds)
  }

  @Test(arguments: Mode.allCases)
  func `memory of no bytes may not be touched`(mode: Mode) throws {
    var memory: [UInt8] = []
    #expect(try mode.run("r0 = r2\nexit", memory: &memory).value == 0)
    #expect(try mode.run("r0 = *(u8 *)(r1 +0)\nexit", memory: &memory).trap?.kind == .outOfBounds)
  }

  @Test(arguments: Mode.allCases)
  func `an atomic access must be aligned`(mode: Mode) throws {
    var memory = [UInt8](repeating: 0, count: 32)
    let aligned = "r2 = r1\nr3 = 1\nr4 = 7\nr2 += 8\nlock *(u64 *)(r2 +0) += r3\nr0 = *(u64 *)(r2 +0)\nexit"
    #expect(try mode.run(aligned, memory: &memory).value == 1)
    let misaligned = "r3 = 1\nlock *(u64 *)(r1 +1) += r3\nr0 = 0\nexit"
    #expect(try mode.run(misaligned, memory: &memory).trap?.kind == .notAllowed)
  }
}

@Suite struct `The oracle's memory` {
  @Test func `a register that was never written may not be read`() throws {
    let trap = try Mode.oracle.run("r0 = r5\nexit").trap
    #expect(trap?.kind == .uninitialized)
    #expect(trap?.message == "reads r5, which was never written")
  }

  @Test func `a stack byte that was never written may not be read`() throws {
    let trap = try Mode.oracle.run("*(u32 *)(r10 -8) = 1\nr0 = *(u64 *)(r10 -8)\nexit").trap
    #expect(trap?.kind == .uninitialized)
    #expect(trap?.message.contains("fp-4") == true)
  }

  @Test func `a spilled pointer is still a pointer`() throws {
    var memory: [UInt8] = [9]
    let text = "*(u64 *)(r10 -8) = r1\nr2 = *(u64 *)(r10 -8)\nr0 = *(u8 *)(r2 +0)\nexit"
    #expect(try Mode.oracle.run(text, memory: &memory).value == 9)
  }

  @Test func `a spilled pointer that was partly overwritten is a number`() throws {
    let text = "*(u64 *)(r10 -8) = r1\n*(u8 *)(r10 -8) = 0\nr2 = *(u64 *)(r10 -8)\nr0 = *(u8 *)(r2 +0)\nexit"
    #expect(try Mode.oracle.run(text).trap?.kind == .outOfBounds)
  }

  @Test func `a pointer computed out of numbers is not one`() throws {
    var memory = [UInt8](repeating: 3, count: 16)
    let text = "r2 = r1\nr2 ^= 1\nr2 ^= 1\nr0 = *(u8 *)(r2 +0)\nexit"
    #expect(try Mode.oracle.run(text, memory: &memory).trap?.kind == .outOfBounds)
  }

  @Test func `arguments are gone after a call`() throws {
    #expect(
      try Mode.oracle.run("r1 = 1\ncall bpf_ktime_get_ns#5\nr0 = r1\nexit").trap?.kind == .uninitialized
    )
  }
}
