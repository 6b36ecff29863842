import BPF
import BPFRuntime
import Dispatch
import Testing

@Suite struct `The budget of a run` {
  /// Adds one to the memory's first word in every round, each of which costs four instructions.
  private let counting = "loop: r3 = *(u64 *)(r1 +0)\nr3 += 1\n*(u64 *)(r1 +0) = r3\ngoto loop"

  @Test(arguments: [0, 3, 4, 5, 16_383, 16_384, 16_385, 16_388, 100_000, 1_000_003] as [UInt64])
  func `is spent to the instruction, whatever its size`(budget: UInt64) throws {
    var memory = [UInt8](repeating: 0, count: 8)
    #expect(try Mode.fast.run(counting, memory: &memory, budget: budget).trap?.kind == .budget)
    let rounds = memory.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    #expect(rounds == budget / 4 + 1)
  }

  @Test(arguments: Mode.allCases)
  func `is whole again for the next run of the machine`(mode: Mode) throws {
    let text = "r0 = 0\nloop: r0 += 1\nif r0 != 30000 goto loop\nexit"
    let machine = Machine(), program = try Program.with([], text)
    for _ in 0..<3 {
      #expect(try mode.run(program, in: .with([], budget: 60_100), on: machine).value == 30_000)
    }
  }

  @Test(
    arguments: Mode.allCases,
    [
      "r0 = 0\nloop: goto loop", "loop: call f\ngoto loop\nf: r0 = 0\nexit",
      "loop: call bpf_get_prandom_u32#7\ngoto loop",
    ]
  )
  func `is cut short where somebody asked to stop`(mode: Mode, text: String) throws {
    let machine = Machine(), stop = StopRequest()
    machine.state.stop = stop
    stop.make()
    let trap = try mode.run(.with([], text), in: .with([], budget: 1 << 40), on: machine).trap
    #expect(trap?.kind == .interrupted)
  }

  @Test(arguments: Mode.allCases)
  func `is enough for a short run even then`(mode: Mode) throws {
    let machine = Machine(), stop = StopRequest()
    machine.state.stop = stop
    stop.make()
    #expect(try mode.run(.with([], "r0 = 7\nexit"), in: .with([]), on: machine).value == 7)
  }

  @Test(arguments: Mode.allCases)
  func `is looked at while a program runs that never ends`(mode: Mode) throws {
    let machine = Machine(), stop = StopRequest()
    machine.state.stop = stop
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(50)) { stop.make() }
    let outcome = try mode.run(.with([], "loop: goto loop"), in: .with([], budget: 1 << 50), on: machine)
    #expect(outcome.trap?.kind == .interrupted)
  }

  /// Linux gives `bpf_loop` no more than this many rounds.
  @Test func `is enough for as many rounds as Linux gives a loop, unless somebody says otherwise`() throws {
    let text = """
      r1 = 8388608
      r2 = f ll
      r3 = 0
      r4 = 0
      call bpf_loop#181
      exit
      f: r0 = 0
      exit
      """
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .general)
    #expect(try Mode.fast.run(.with([], text), in: environment).value == 8_388_608)
  }
}
