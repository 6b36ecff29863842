import BPF
import BPFRuntime
import Synchronization
import Testing

@Suite struct `Helpers of the host` {
  private func environment(budget: UInt64 = 1 << 26) -> Environment {
    Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .general, budget: budget)
  }

  @Test func `a fixed clock is what the program reads`() throws {
    let program = Program("clock", try Assembler.assemble("call bpf_ktime_get_ns#5\nexit"))
    let machine = Machine()
    machine.state.hasFixedClock = true
    machine.state.now = 123_456_789_012
    #expect(try Interpreter(program, in: environment()).run(on: machine).value == 123_456_789_012)
  }

  @Test func `the same seed gives the same numbers, another seed others`() throws {
    let program = Program("random", try Assembler.assemble("call bpf_get_prandom_u32#7\nexit"))
    let interpreter = try Interpreter(program, in: environment())
    func numbers(_ seed: UInt64) -> [UInt64?] {
      let machine = Machine()
      machine.state.seed(seed)
      return (0..<4).map { _ in interpreter.run(on: machine).value }
    }
    #expect(numbers(1) == numbers(1))
    #expect(numbers(1) != numbers(2))
    #expect(Set(numbers(1)).count == 4)
    #expect(numbers(1).allSatisfy { $0.map { $0 <= UInt64(UInt32.max) } ?? false })
  }

  @Test func `the processor is the worker's`() throws {
    let program = Program("cpu", try Assembler.assemble("call bpf_get_smp_processor_id#8\nexit"))
    #expect(try Interpreter(program, in: environment()).run(on: Machine(cpu: 3)).value == 3)
  }

  @Test(arguments: [
    ("n=%d", "n=-1"), ("n=%u", "n=4294967295"), ("n=%lld", "n=-1"), ("n=%x", "n=ffffffff"),
    ("n=%5d|", "n=   -1|"), ("n=%-5d|", "n=-1   |"), ("n=%08lx", "n=ffffffffffffffff"), ("100%%", "100%"),
  ])
  func `printed text follows the format`(format: String, expected: String) throws {
    var bytes = Array(format.utf8) + [0]
    let size = bytes.count
    let machine = Machine()
    let collected = Collector()
    machine.state.print = { collected.add($0) }
    let text = "r3 = -1\nr4 = 0\nr5 = 0\nr2 = \(size)\ncall bpf_trace_printk#6\nexit"
    let outcome = try Interpreter(Program("print", try Assembler.assemble(text)), in: environment())
      .run(on: machine, memory: &bytes)
    #expect(outcome.value == UInt64(expected.utf8.count))
    #expect(collected.lines == [expected])
  }

  @Test(arguments: ["%q", "%d %d %d %d", "%llld", "%hhx", "%o", "no end", "%\u{5146}d"])
  func `a format that Linux refuses is EINVAL`(format: String) throws {
    var bytes = Array(format.utf8) + (format == "no end" ? [] : [0])
    let text = "r3 = 0\nr4 = 0\nr5 = 0\nr2 = \(bytes.count)\ncall bpf_trace_printk#6\nexit"
    let outcome = try Interpreter(Program("print", try Assembler.assemble(text)), in: environment())
      .run(on: Machine(), memory: &bytes)
    #expect(outcome.value == LinuxErrno.invalid.negated)
  }

  @Test(arguments: Mode.allCases)
  func `a helper's memory argument is checked to its end`(mode: Mode) throws {
    var memory: [UInt8] = [0x61, 0]
    let text = "r3 = 0\nr4 = 0\nr5 = 0\nr2 = 3\ncall bpf_trace_printk#6\nexit"
    let trap = try mode.run(text, memory: &memory).trap
    #expect(trap?.kind == .outOfBounds)
    #expect(trap?.message.hasPrefix("bpf_trace_printk: argument 1 ") == true)
  }
}

/// Collects printed lines.
private final class Collector: Sendable {
  private let storage = Mutex<[String]>([])
  var lines: [String] { storage.withLock { $0 } }
  func add(_ line: String) { storage.withLock { $0.append(line) } }
}
