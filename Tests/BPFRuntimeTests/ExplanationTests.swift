import BPF
import BPFRuntime
import TestSupport
import Testing

/// Keeps everything that it is told.
private final class Watcher: RunObserver {
  var steps: [TraceStep] = []
  func observe(_ step: TraceStep) { steps.append(step) }
}

/// Runs a program in text form over some memory, and keeps its steps.
private func watch(_ text: String, memory: [UInt8]) throws -> (outcome: RunOutcome, steps: [TraceStep]) {
  let program = Program("test", try Assembler.assemble(text))
  let environment = Environment(
    context: ContextLayout(byteCount: 0, fields: []),
    helpers: .general,
    budget: 1 << 20
  )
  let machine = Machine(), watcher = Watcher()
  machine.observer = watcher
  var memory = memory
  let outcome = try OracleInterpreter(program, in: environment).run(on: machine, memory: &memory)
  return (outcome, watcher.steps)
}

/// The slots of the branches that decided, each once.
private func deciding(_ text: String, memory: [UInt8]) throws -> [Int] {
  let (_, steps) = try watch(text, memory: memory)
  let slots = RunExplanation(steps).decisions.map { steps[$0.step].slot }
  return Set(slots).sorted()
}

@Suite struct `A run that is watched` {
  @Test func `tells each instruction with what it read and changed`() throws {
    let (outcome, steps) = try watch(
      """
      r2 = *(u16 *)(r1 +2)
      *(u64 *)(r10 -8) = r1
      r3 = *(u64 *)(r10 -8)
      r2 += 5
      if r2 > 9 goto pc+1
      r2 = 0
      call f
      exit
      f: r0 = r1
      r0 = *(u8 *)(r0 +1)
      exit
      """,
      memory: [7, 8, 9, 0]
    )
    #expect(outcome.value == 8)
    #expect(steps.map(\.slot) == [0, 1, 2, 3, 4, 6, 8, 9, 10, 7])
    #expect(steps.map(\.depth) == [0, 0, 0, 0, 0, 0, 1, 1, 1, 0])
    #expect(steps.map(\.number) == Array(0..<10))
    #expect(steps[0].change?.new == TraceValue(bits: 9))
    #expect(steps[0].inputs.map { "\($0.register) \($0.value.map(\.description) ?? "")" } == ["r1 mem"])
    guard case .memory(let load) = steps[0].effect, case .memory(let store) = steps[1].effect else {
      Issue.record("a load and a store touch memory")
      return
    }
    #expect(load.place == .memory(2))
    #expect(load.old == [9, 0])
    #expect(store.place == .stack(frame: 0, -8))
    #expect(store.new?.count == 8)
    #expect(steps[2].change?.new?.place == .memory(0))
    #expect("\(steps[3].change.map { "\($0.old!) \($0.new!)" } ?? "")" == "9 14")
    guard case .branch(true) = steps[4].effect, case .enter = steps[5].effect, case .leave = steps[8].effect,
      case .end(let result) = steps[9].effect
    else {
      Issue.record("a branch, a call, a return and the end are told as such")
      return
    }
    #expect(result.bits == 8)
  }

  @Test func `tells the trap that ends it as its last step`() throws {
    let (outcome, steps) = try watch("r0 = *(u8 *)(r1 +4)\nexit", memory: [1, 2, 3, 4])
    guard case .trap(let trap)? = steps.last?.effect else {
      Issue.record("the last step is the trap")
      return
    }
    #expect(outcome.trap == trap)
  }

  @Test func `ends as one that is not`() throws {
    for seed in Seeds.first(200) {
      var random = SplitMix(seed: seed)
      let memory = (0..<8).map { _ in UInt8.random(in: 0...3, using: &random) }
      let text = Self.decisionTree(&random)
      var plain = memory
      let unwatched = try Mode.oracle.run(text, memory: &plain)
      #expect(try watch(text, memory: memory).outcome == unwatched)
    }
  }

  /// A program that compares bytes of its memory, each once, writes registers and stack on the way, and returns 0 to 2.
  static func decisionTree(_ random: inout SplitMix) -> String {
    var text = "r0 = 1\nr6 = 2\nr7 = 0\n*(u64 *)(r10 -8) = 1\n"
    let count = Int.random(in: 2...8, using: &random)
    for index in 0..<count {
      text += "l\(index): r2 = *(u8 *)(r1 +\(index))\n"
      let target = Int.random(in: index + 1...count, using: &random)
      text += "if r2 == \(Int.random(in: 0...3, using: &random)) goto l\(target)\n"
      switch Int.random(in: 0..<6, using: &random) {
      case 0: text += "r0 = \(Int.random(in: 0...2, using: &random))\n"
      case 1: text += "r6 = \(Int.random(in: 0...2, using: &random))\n"
      case 2: text += "*(u64 *)(r10 -8) = \(Int.random(in: 0...2, using: &random))\n"
      case 3: text += "r0 = r6\n"
      case 4: text += "r0 = *(u64 *)(r10 -8)\n"
      default: text += "r7 += 1\n"
      }
    }
    return text + "l\(count): exit"
  }
}

@Suite struct `The branches that decided` {
  @Test func `are those on the way to the result, not those beside it`() throws {
    // Slot 2 decides; slot 5 only counts.
    let text = """
      r0 = 1
      r2 = *(u8 *)(r1 +0)
      if r2 == 5 goto pc+1
      r0 = 2
      r3 = *(u8 *)(r1 +1)
      if r3 == 7 goto pc+1
      r4 = 1
      exit
      """
    #expect(try deciding(text, memory: [5, 7]) == [2])
    #expect(try deciding(text, memory: [4, 7]) == [2])
  }

  @Test func `include one whose other way would have written the result`() throws {
    let text = """
      r0 = 1
      r2 = *(u8 *)(r1 +0)
      if r2 != 5 goto pc+1
      r0 = 2
      exit
      """
    #expect(try deciding(text, memory: [4]) == [2])
    let throughStack = """
      *(u64 *)(r10 -8) = 1
      r2 = *(u8 *)(r1 +0)
      if r2 != 5 goto pc+1
      *(u64 *)(r10 -8) = 2
      r0 = *(u64 *)(r10 -8)
      exit
      """
    #expect(try deciding(throughStack, memory: [4]) == [2])
  }

  @Test func `leave out one that gives the same result either way`() throws {
    let text = """
      r0 = 1
      r2 = *(u8 *)(r1 +0)
      if r2 > 100 goto out
      r3 = *(u8 *)(r1 +1)
      if r3 == 7 goto out
      r0 = 2
      out: exit
      """
    // Whatever the first byte is, the second one's being 7 returns 1.
    #expect(try deciding(text, memory: [5, 7]) == [4])
    #expect(try deciding(text, memory: [5, 6]) == [2, 4])
  }

  @Test func `go through functions`() throws {
    let text = """
      r6 = r1
      call f
      if r0 == 1 goto pc+1
      r0 = 2
      exit
      f: r0 = 0
      r2 = *(u8 *)(r1 +0)
      if r2 != 5 goto pc+1
      r0 = 1
      exit
      """
    #expect(try deciding(text, memory: [5]).contains(7))
    #expect(try deciding(text, memory: [4]).contains(7))
  }

  @Test func `never miss one that decides: bytes that none of them compared change nothing`() throws {
    for seed in Seeds.first(400) {
      var random = SplitMix(seed: seed)
      let text = `A run that is watched`.decisionTree(&random)
      let memory = (0..<8).map { _ in UInt8.random(in: 0...3, using: &random) }
      let (outcome, steps) = try watch(text, memory: memory)
      let explanation = RunExplanation(steps)
      var compared: Set<Int> = []
      for index in explanation.decisions.flatMap(\.sources) {
        if case .memory(let access) = steps[index].effect, case .memory(let offset) = access.place {
          compared.insert(offset)
        }
      }
      // One other byte changed: the result stays, for no decision hangs on it.
      for offset in 0..<8 where !compared.contains(offset) {
        for value in UInt8(0)...3 {
          var other = memory
          other[offset] = value
          let changed = try watch(text, memory: other).outcome
          #expect(changed == outcome, "seed \(seed), byte \(offset) = \(value): \(text)")
        }
      }
    }
  }
}
