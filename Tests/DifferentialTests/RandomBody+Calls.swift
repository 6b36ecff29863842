import BPF
import TestSupport

/// Calls: of functions of the object, of helpers, of other programs; and what is done with what they give.
extension RandomBody {
  mutating func localCall() -> [Instruction] {
    let here = callees.filter { !$0.role.isCalledBack && ($0.role != .context || context != nil) }
    guard !here.isEmpty, !isLooping || depth < 2 else { return step() }
    let callee = random.pick(here)
    var code: [Instruction] = []
    switch callee.role {
    case .memory: code += place(.r1, -64)
    case .context: if let context { code.append(.alu(.mov, .doubleWord, .r1, .register(context))) }
    default: break
    }
    return code + [.call(.local(offset: Int32(callee.function)))] + refill(keepingResult: true)
  }

  mutating func calledBack() -> [Instruction] {
    let here = callees.filter { $0.role.isCalledBack }
    guard !here.isEmpty, !isLooping else { return step() }
    let callee = random.pick(here)
    let function = Instruction.loadImmediate(.r2, .function(offset: Int32(callee.function)))
    let flags = Instruction.alu(.mov, .doubleWord, .r4, .immediate(random.pick([0, 0, 0, 0, 0, 0, 0, 0, 1])))
    if callee.role == .element {
      // Hash tables show their elements in an order of their own, but both engines share it.
      let map: Int32 = scope.contains(.ownMatters) ? random.pick([0, 3, 10]) : 10
      return [.loadImmediate(.r1, .map(index: map))] + [function] + place(.r3, -64)
        + [flags, .call(.helper(164))] + refill(keepingResult: true)
    }
    var code: [Instruction] = [
      Bool.random(using: &random)
        ? .alu(.mov, .doubleWord, .r1, .immediate(random.pick([0, 1, 2, 5, 9, 8_388_609, -1])))
        : .alu(.and, .doubleWord, .r1, .immediate(7))
    ]
    code += [function] + place(.r3, -64) + [flags, .call(.helper(181))]
    return code + refill(keepingResult: true)
  }

  mutating func lookUp() -> [Instruction] {
    let map: Int32 = random.pick([0, 0, 1, 1, 1, 2, 3, 4, 4, 10])
    return key(wide: ![1, 2, 4].contains(map)) + [.loadImmediate(.r1, .map(index: map))]
      + place(.r2, Self.key)
      + [.call(.helper(1))] + found() + refill()
  }

  mutating func nestedMap() -> [Instruction] {
    let inner =
      place(.r2, Self.key) + [.alu(.mov, .doubleWord, .r1, .register(.r0)), .call(.helper(1))] + found()
    let outer =
      key(wide: false) + [.loadImmediate(.r1, .map(index: 6))] + place(.r2, Self.key) + [.call(.helper(1))]
    // What the key's upper half is, the inner map reads as well.
    let whole: [Instruction] = [
      .store(.word, .immediate(random.pick([0, 1])), to: Address(.r10, Self.key + 4))
    ]
    return whole + outer + [.branch(.eq, .doubleWord, .r0, .immediate(0), offset: Int16(slots(inner)))]
      + inner + refill()
  }

  /// Works on the value that `r0` points to, if it does.
  mutating func found() -> [Instruction] {
    let at = Address(.r0, random.pick([0, 8])), size = random.pick(Size.allCases)
    var work: [Instruction] = [.alu(.mov, .doubleWord, spare, .register(.r0))]
    switch Int.random(in: 0..<5, using: &random) {
    case 0: work += [.load(size, .r3, from: at), .store(.doubleWord, .register(.r3), to: Address(.r10, -16))]
    case 1: work.append(.store(size, .immediate(Int32(truncatingIfNeeded: number())), to: at))
    case 2:
      work += [.load(.doubleWord, .r4, from: Address(.r10, -24)), .store(size, .register(.r4), to: at)]
    default:
      work += [
        .load(.doubleWord, .r5, from: Address(.r10, -32)), .load(.doubleWord, .r0, from: Address(.r10, -40)),
        atomic(.r5, at: Address(spare, at.offset)),
        .store(.doubleWord, .register(.r5), to: Address(.r10, -32)),
        .store(.doubleWord, .register(.r0), to: Address(.r10, -40)),
      ]
    }
    return [.branch(.eq, .doubleWord, .r0, .immediate(0), offset: Int16(slots(work)))] + work
      + [.alu(.mov, .doubleWord, spare, .immediate(0)), .alu(.mov, .doubleWord, .r0, .immediate(3))]
  }

  mutating func mapChange() -> [Instruction] {
    let map: Int32 = random.pick([0, 0, 2, 3, 4, 7, 10]), wide = ![2, 4].contains(map)
    var code = key(wide: wide) + value() + [.loadImmediate(.r1, .map(index: map))] + place(.r2, Self.key)
    if Bool.random(using: &random), wide {
      code.append(.call(.helper(3)))
    } else {
      code += place(.r3, Self.value)
      code += [
        .alu(.mov, .doubleWord, .r4, .immediate(random.pick([0, 0, 0, 1, 2, 3, 7]))), .call(.helper(2)),
      ]
    }
    return code + refill(keepingResult: true)
  }

  /// Reads and writes where the packet is long enough.
  mutating func packet() -> [Instruction] {
    guard let context else { return [] }
    let length = random.pick([1, 14, 20, 40, 60]), temporary: Register = .r5
    var work: [Instruction] = []
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let size = random.pick(Size.allCases)
      guard size.byteCount <= length else { continue }
      let at = Address(spare, Int16.random(in: 0...Int16(length - size.byteCount), using: &random))
      let other = random.pick(numbers.filter { $0 != temporary })
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1: work.append(.load(size, other, from: at))
      case 2: work.append(.loadSignExtending(random.pick([.byte]), other, from: at))
      case 3: work.append(.store(size, .register(other), to: at))
      default: work.append(.store(size, .immediate(Int32(truncatingIfNeeded: number())), to: at))
      }
    }
    return [
      .load(.word, spare, from: Address(context, 0)), .load(.word, temporary, from: Address(context, 4)),
      .alu(.mov, .doubleWord, .r0, .register(spare)), .alu(.add, .doubleWord, .r0, .immediate(Int32(length))),
      .branch(.gt, .doubleWord, .r0, .register(temporary), offset: Int16(slots(work) + 1)),
      .alu(.mov, .doubleWord, .r0, .immediate(1)),
    ] + work + [
      .alu(.mov, .doubleWord, .r0, .immediate(1)), .alu(.mov, .doubleWord, spare, .immediate(0)),
      .alu(.mov, .doubleWord, temporary, .immediate(0)),
    ]
  }

  /// A helper that changes or looks at the packet at hand.
  mutating func contextHelper() -> [Instruction] {
    guard let context else { return [] }
    var code: [Instruction] = [.alu(.mov, .doubleWord, .r1, .register(context))]
    let small = Int32.random(in: -16...16, using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0: code += [.alu(.mov, .doubleWord, .r2, .immediate(small)), .call(.helper(44))]
    case 1: code += [.alu(.mov, .doubleWord, .r2, .immediate(small & ~3)), .call(.helper(54))]
    case 2: code += [.alu(.mov, .doubleWord, .r2, .immediate(small)), .call(.helper(65))]
    case 3: code += [.call(.helper(188))]
    case 4, 5:
      code += [.alu(.and, .doubleWord, .r2, .immediate(63))] + place(.r3, -64)
      code += [.alu(.mov, .doubleWord, .r4, .immediate(random.pick([1, 8, 16, 64]))), .call(.helper(189))]
    case 6:
      code += [.alu(.and, .doubleWord, .r2, .immediate(63))] + place(.r3, -64)
      code += [.alu(.mov, .doubleWord, .r4, .immediate(random.pick([1, 8, 16, 64]))), .call(.helper(190))]
    case 7:
      code = [
        .alu(.mov, .doubleWord, .r1, .immediate(random.pick([0, 1, 2]))),
        .alu(.mov, .doubleWord, .r2, .immediate(random.pick([0, 0, 0, 1]))), .call(.helper(23)),
      ]
    default:
      guard scope.contains(.ownMatters) else { return step() }
      // Without routes this is refused, and the run ends here.
      guard Int.random(in: 0..<4, using: &random) == 0 else { return step() }
      code += place(.r2, -64)
      code += [
        .alu(.mov, .doubleWord, .r3, .immediate(64)), .alu(.mov, .doubleWord, .r4, .immediate(0)),
        .call(.helper(69)),
      ]
    }
    return code + refill(keepingResult: true)
  }

  mutating func tailCall() -> [Instruction] {
    guard let context, role == .main || Bool.random(using: &random), Bool.random(using: &random) else {
      return step()
    }
    let index: Instruction =
      Bool.random(using: &random)
      ? .alu(.and, .doubleWord, .r3, .immediate(3))
      : .alu(.mov, .doubleWord, .r3, .immediate(random.pick([0, 1, 2, 3, 4, -1])))
    return [
      .alu(.mov, .doubleWord, .r1, .register(context)), .loadImmediate(.r2, .map(index: 5)), index,
      .call(.helper(12)),
    ] + refill()
  }

  mutating func plainHelper() -> [Instruction] {
    var code: [Instruction] = []
    switch Int.random(in: 0..<8, using: &random) {
    case 0:
      code += [.alu(.mov, .doubleWord, .r5, .register(register()))] + place(.r1, -64) + place(.r3, -32)
      code += [
        .alu(.mov, .doubleWord, .r2, .immediate(random.pick([0, 4, 32]))),
        .alu(.mov, .doubleWord, .r4, .immediate(random.pick([0, 4, 28, 32]))), .call(.helper(28)),
      ]
    case 1: code += [.call(.helper(scope.contains(.ownMatters) ? random.pick([5, 7, 125]) : 8))]
    case 2:
      code += value() + [.loadImmediate(.r1, .map(index: 8))] + place(.r2, Self.value)
      code += [.alu(.mov, .doubleWord, .r3, .immediate(random.pick([0, 2]))), .call(.helper(87))]
    case 3, 4:
      code +=
        value() + [.loadImmediate(.r1, .map(index: 8))] + place(.r2, Self.value) + [
          .call(.helper(random.pick([88, 89])))
        ]
    case 5:
      code += value() + [.loadImmediate(.r1, .map(index: 9))] + place(.r2, Self.value)
      code += [
        .alu(.mov, .doubleWord, .r3, .immediate(random.pick([4, 8, 16]))),
        .alu(.mov, .doubleWord, .r4, .immediate(1)),
        .call(.helper(130)),
      ]
    case 6:
      let store: [Instruction] = [
        .load(.doubleWord, .r3, from: Address(.r10, -8)),
        .store(.doubleWord, .register(.r3), to: Address(.r0, 8)),
        .store(.doubleWord, .immediate(5), to: Address(.r0)), .alu(.mov, .doubleWord, .r1, .register(.r0)),
        .alu(.mov, .doubleWord, .r2, .immediate(1)), .call(.helper(random.pick([132, 133]))),
        .alu(.mov, .doubleWord, .r0, .immediate(9)),
      ]
      code +=
        [
          .loadImmediate(.r1, .map(index: 9)), .alu(.mov, .doubleWord, .r2, .immediate(16)),
          .alu(.mov, .doubleWord, .r3, .immediate(0)), .call(.helper(131)),
          .branch(.eq, .doubleWord, .r0, .immediate(0), offset: Int16(slots(store))),
        ] + store
    default:
      code += value()
      code += place(.r1, Self.value) + [.alu(.mov, .doubleWord, .r2, .immediate(random.pick([1, 8, 16])))]
      code += [.alu(.mov, .doubleWord, .r3, .immediate(random.pick([0, 10, 16, 7])))] + place(.r4, -16)
      code.append(.call(.helper(random.pick([105, 106]))))
    }
    return code + refill(keepingResult: true)
  }
}
