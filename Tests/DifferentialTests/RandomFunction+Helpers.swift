import BPF
import TestSupport

/// Calls of helpers whose answers depend on their arguments alone.
extension RandomFunction {
  /// The maps that the functions call helpers with, by `Immediate64.map(index:)`.
  static let maps = [
    MapDefinition(name: "table", type: .hash, keySize: 8, valueSize: 16, maxEntries: 4),
    MapDefinition(name: "slots", type: .array, keySize: 4, valueSize: 16, maxEntries: 5),
  ]

  /// A call, and the registers that it has lost.
  mutating func helperCall() -> [Instruction] {
    let key = Address(.r10, random.pick([-8, -16, -24])), value = Address(.r10, random.pick([-48, -64]))
    let map = Int32.random(in: 0..<2, using: &random)
    // Few keys, so that they are found again.
    var code: [Instruction] = [
      .alu(.mov, .doubleWord, .r8, .register(register())), .alu(.and, .doubleWord, .r8, .immediate(7)),
      .store(.doubleWord, .register(.r8), to: key),
    ]
    switch Int.random(in: 0..<4, using: &random) {
    case 0: code += map1(map) + pointer(.r2, to: key) + lookUp()
    case 1:
      code += map1(map) + pointer(.r2, to: key) + pointer(.r3, to: value)
      code += [
        .alu(.mov, .doubleWord, .r4, .immediate(random.pick([0, 0, 1, 2, 3, 4, 5, 6, 7]))), .call(.helper(2)),
      ]
    case 2: code += map1(map) + pointer(.r2, to: key) + [.call(.helper(3))]
    default:
      // The sum of up to the whole stack, in place of another part of it.
      code += [.alu(.mov, .doubleWord, .r5, .register(register()))]
      code += pointer(.r1, to: Address(.r10, -64)) + pointer(.r3, to: Address(.r10, -32))
      code += [
        .alu(.mov, .doubleWord, .r2, .immediate(random.pick([0, 4, 32, 64]))),
        .alu(.mov, .doubleWord, .r4, .immediate(random.pick([0, 4, 28, 32]))), .call(.helper(28)),
      ]
    }
    return code + Self.registers.dropFirst().prefix(5).map { Self.load($0) }
  }

  private func map1(_ index: Int32) -> [Instruction] { [.loadImmediate(.r1, .map(index: index))] }

  private func pointer(_ register: Register, to place: Address) -> [Instruction] {
    [
      .alu(.mov, .doubleWord, register, .register(.r10)),
      .alu(.add, .doubleWord, register, .immediate(Int32(place.offset))),
    ]
  }

  /// Looks up, and works on what is found.
  private mutating func lookUp() -> [Instruction] {
    let kept: Register = random.pick([.r6, .r7]), fetch = Bool.random(using: &random)
    let found: [Instruction] = [
      .load(.doubleWord, .r8, from: Address(.r0, 8)),
      .store(random.pick(Size.allCases), .register(kept), to: Address(.r0, random.pick([0, 4, 8]))),
      .atomic(.add(fetch: fetch), .doubleWord, kept, at: Address(.r0)),
      .alu(.mov, .doubleWord, .r0, .register(.r8)),
    ]
    return [.call(.helper(1)), .branch(.eq, .doubleWord, .r0, .immediate(0), offset: Int16(found.count))]
      + found
  }
}
