import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `A function in the kernel` {
  @Test func `gives all 64 bits`() throws {
    let answer = try KernelFunction(try Assembler.assemble("r0 = 0x123456789abcdef0 ll\nexit")).call()
    #expect(answer.r0 == 0x1234_5678_9ABC_DEF0)
    #expect(answer.memory.isEmpty)
  }

  @Test func `passes memory and its length, and gives it back`() throws {
    let code = try Assembler.assemble("r0 = *(u8 *)(r1 +9)\nr0 <<= 32\nr0 += r2\n*(u8 *)(r1 +0) = 7\nexit")
    let answer = try KernelFunction(code, memoryByteCount: 10).call(memory: .counting(10))
    #expect(answer.r0 == 9 << 32 + 10)
    #expect(answer.memory == [7] + [UInt8].counting(10).dropFirst())
  }

  @Test func `refuses what the verifier refuses`() throws {
    let code = try Assembler.assemble("r0 = *(u8 *)(r1 +10)\nexit")
    let error = #expect(throws: KernelError.self) { try KernelFunction(code, memoryByteCount: 10) }
    #expect(
      error?.reason.contains("outside of the allowed memory range") == true || error?.log.isEmpty == false
    )
  }

  @Test func `works with local calls`() throws {
    let code = try Assembler.assemble("r1 = 20\ncall twice\nr0 += 2\nexit\ntwice:\nr0 = r1\nr0 += r1\nexit")
    #expect(try KernelFunction(code).call().r0 == 42)
  }

  @Test func `works on its memory atomically`() throws {
    let code = try Assembler.assemble("r0 = 5\nr0 = atomic64_fetch_add((u64 *)(r1 +0), r0)\nexit")
    let answer = try KernelFunction(code, memoryByteCount: 8).call(memory: [1, 0, 0, 0, 0, 0, 0, 0])
    #expect(answer.r0 == 1)
    #expect(answer.memory == [6, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `takes as much memory as it says`() throws {
    let code = try Assembler.assemble("r0 = r2\nexit")
    #expect(try KernelFunction(code, memoryByteCount: 70_000).call(memory: .counting(70_000)).r0 == 70_000)
  }
}
