import BPF
import BPFVerifier
import LinuxKernel
import TestSupport
import Testing

/// One step in which the kernel and we know different things.
private struct Difference: CustomStringConvertible {
  var instruction: Instruction
  var before: [Register: Scalar]
  var kernels: String
  var ours: String

  var description: String {
    let registers = before.sorted { $0.key.rawValue < $1.key.rawValue }.map { "\($0.key)=\($0.value)" }
    return "\(instruction)\n  of \(registers.joined(separator: " "))\n  kernel \(kernels)\n  ours   \(ours)"
  }
}

/// Follows a program through the kernel's log, one step at a time, each from the kernel's state before it.
private struct Follower {
  private let code: [Int: Instruction]
  private let events: [KernelScalarLog.Event]
  private var registers: [Register: Scalar] = [:]
  private var before: [Register: Scalar] = [:]
  private var instruction = Instruction.exit
  /// What a branch that the kernel put aside should find.
  private var taken:
    [Int: (instruction: Instruction, before: [Register: Scalar], after: [Register: Scalar])] = [:]
  /// Whether a branch led here that cannot be taken: the kernel goes on with states that do not fit together.
  private var isDead = false
  private(set) var differences: [Difference] = []
  private(set) var compared = 0

  init(_ program: [Instruction], _ log: KernelScalarLog) {
    var code: [Int: Instruction] = [:], slot = 0
    for instruction in program {
      code[slot] = instruction
      slot += instruction.slotCount
    }
    self.code = code
    events = log.events
  }

  mutating func follow() {
    for (position, event) in events.enumerated() {
      switch event {
      case .instruction(let slot):
        before = registers
        instruction = code[slot] ?? .exit
        if !isDead { step(slot, position) }
      case .state(let state):
        isDead = isDead || registers.values.contains { $0.isContradictory }
        if !isDead { compare(state) }
      case .branch(let from, _):
        isDead = taken[from] == nil
        guard let branch = taken[from] else { continue }
        (instruction, before, registers) = branch
      }
    }
  }

  /// Compares what the kernel says, and goes on from there.
  private mutating func compare(_ state: [Register: String]) {
    for (register, text) in state.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      guard let kernels = KernelScalarLog.scalar(text) else {
        note("\(register)=\(text)", "cannot be read")
        continue
      }
      if let ours = registers[register] {
        compared += 1
        if ours != kernels || ours.description != text { note("\(register)=\(text)", "\(register)=\(ours)") }
      }
      registers[register] = kernels
    }
  }

  private mutating func note(_ kernels: String, _ ours: String) {
    differences.append(Difference(instruction: instruction, before: before, kernels: kernels, ours: ours))
  }

  private func value(_ operand: Operand) -> Scalar? {
    switch operand {
    case .register(let register): registers[register]
    case .immediate(let value): Scalar(constant: UInt64(truncatingIfNeeded: value))
    }
  }

  private mutating func step(_ slot: Int, _ position: Int) {
    switch instruction {
    case .alu(let operation, let width, let register, let operand):
      guard let value = value(operand), var result = registers[register] ?? (operation == .mov ? value : nil)
      else {
        registers[register] = nil
        return
      }
      if let parts = result.split(before: operation, value) {
        taken[slot] = (instruction, before, registers)
        taken[slot]?.after[register] = parts.zero
        result = parts.ones
      }
      result.apply(operation, width, value)
      registers[register] = result
    case .negate(let width, let register): registers[register]?.negate(width)
    case .swap(let swap, let size, let register): registers[register]?.swap(swap, size)
    case .moveSignExtending(let size, let width, let register, let source):
      registers[register] = registers[source]
      registers[register]?.signExtend(from: size, to: width)
    case .load(let size, let register, _):
      registers[register] = .unknown
      registers[register]?.truncate(to: size)
    case .loadSignExtending(let size, let register, _):
      registers[register] = .unknown
      registers[register]?.signExtend(from: size, to: .doubleWord)
    case .loadImmediate(let register, .value(let value)): registers[register] = Scalar(constant: value)
    case .branch(let comparison, let width, let register, let operand, _):
      branch(slot, position, comparison, width, register, operand)
    default: break
    }
  }

  private mutating func branch(
    _ slot: Int,
    _ position: Int,
    _ comparison: Comparison,
    _ width: Width,
    _ register: Register,
    _ operand: Operand
  ) {
    guard let left = registers[register], let right = value(operand) else {
      taken[slot] = (instruction, before, registers)
      return
    }
    let kernels = kernelsDecision(slot, position), ours = left.decides(comparison, width, right)
    compared += 1
    if kernels != ours { note("decides \(String(describing: kernels))", "\(String(describing: ours))") }
    guard kernels == nil else { return }
    var (yesLeft, yesRight) = (left, right), (noLeft, noRight) = (left, right)
    Scalar.assume(comparison, width, &yesLeft, &yesRight)
    Scalar.assumeNot(comparison, width, &noLeft, &noRight)
    var after = registers
    after[register] = yesLeft
    registers[register] = noLeft
    if case .register(let other) = operand {
      after[other] = yesRight
      registers[other] = noRight
    }
    taken[slot] = (instruction, before, after)
  }

  /// A branch that was put aside was not decided; else what comes next tells.
  ///
  /// What was put aside last is taken up first, so that an earlier instruction ends the search.
  private func kernelsDecision(_ slot: Int, _ position: Int) -> Bool? {
    let later = events[(position + 1)...]
    for event in later {
      guard case .branch(let from, _) = event else { continue }
      if from == slot { return nil }
      if from < slot { break }
    }
    for event in later {
      if case .instruction(let next) = event { return next != slot + 1 }
    }
    return nil
  }
}

@Suite(KernelAccess.required) struct `What is known of numbers in the kernel` {
  @Test(arguments: Seeds.first(300))
  func `is what we know, step by step`(seed: UInt64) throws {
    let code = ScalarProgram(seed: seed).code
    let program = Program("scalars", code, license: "GPL", maps: ScalarProgram.maps)
    let log = try KernelEngine.load(program, logLevel: .full).log
    var follower = Follower(code, KernelScalarLog(log))
    follower.follow()
    #expect(follower.compared > 3, "\(log)")
    for difference in follower.differences { Issue.record("\(difference)") }
  }

  @Test func `is read out of a log`() {
    let log = KernelScalarLog(
      """
      func#0 @0
      0: R1=ctx() R10=fp0
      0: (62) *(u32 *)(r10 -4) = 0          ; R10=fp0 fp-8=0000????
      5: (79) r6 = *(u64 *)(r0 +0)          ; R0=map_value(map=numbers,ks=4,vs=64) R6=Pscalar(id=3,smin=umin=5,smax=0x7f00000000,var_off=(0x4; 0xf0))
      6: (b7) r7 = -1
      mark_precise: frame0: last_idx 6 first_idx 0
      7: R7=-1
      7: (25) if r6 > 0x10 goto pc+2        ; R6=scalar()

      from 7 to 10: R0=map_value(map=numbers,ks=4,vs=64) R6=scalar(smin32=-5,umax32=0xfffffffe) R10=fp0
      """
    )
    #expect(
      log.events == [
        .state([:]), .instruction(0), .state([:]), .instruction(5),
        .state([.r6: "scalar(smin=umin=5,smax=0x7f00000000,var_off=(0x4; 0xf0))"]), .instruction(6),
        .state([.r7: "-1"]), .instruction(7), .state([.r6: "scalar()"]), .branch(from: 7, to: 10),
        .state([.r6: "scalar(smin32=-5,umax32=0xfffffffe)"]),
      ]
    )
    var expected = Scalar.unknown
    expected.minS64 = 5
    expected.minU64 = 5
    expected.maxS64 = 0x7f_0000_0000
    expected.bits = KnownBits(constant: 4)
    expected.bits.unknown = 0xf0
    #expect(KernelScalarLog.scalar("scalar(smin=umin=5,smax=0x7f00000000,var_off=(0x4; 0xf0))") == expected)
    #expect(KernelScalarLog.scalar("-1") == Scalar(constant: .max))
    #expect(KernelScalarLog.scalar("scalar(what=1)") == nil)
  }
}
