import BPF
import BTF
import TestSupport

/// Programs of one object that use all that machine code can do, mostly such that the verifier accepts them.
///
/// The numbers that they work on come from the packet, the context, maps and the stack; functions of the object call each
/// other, helpers call functions back, programs call each other's by tail calls.
struct RandomObject {
  /// The maps, by the numbers that `RandomBody` knows.
  static let maps: [MapDefinition] = [
    MapDefinition(name: "table", type: .hash, keySize: 8, valueSize: 16, maxEntries: 6),
    MapDefinition(name: "slots", type: .array, keySize: 4, valueSize: 24, maxEntries: 5),
    MapDefinition(name: "own", type: .perCPUArray, keySize: 4, valueSize: 16, maxEntries: 3),
    MapDefinition(name: "own_table", type: .perCPUHash, keySize: 8, valueSize: 16, maxEntries: 4),
    MapDefinition(name: "squares", type: .array, keySize: 4, valueSize: 16, maxEntries: 8),
    MapDefinition(
      name: "steps",
      type: .programArray,
      keySize: 4,
      valueSize: 4,
      maxEntries: 4,
      initialContents: .programs([0: "first", 1: "second", 2: "third"])
    ),
    MapDefinition(
      name: "outer",
      type: .arrayOfMaps,
      keySize: 4,
      valueSize: 4,
      maxEntries: 3,
      inner: [MapDefinition(name: "", type: .hash, keySize: 8, valueSize: 16, maxEntries: 6)],
      initialContents: .maps([0: 0, 2: 7])
    ),
    MapDefinition(name: "inner", type: .hash, keySize: 8, valueSize: 16, maxEntries: 6),
    MapDefinition(name: "line", type: .queue, keySize: 0, valueSize: 8, maxEntries: 4),
    MapDefinition(name: "records", type: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096),
    MapDefinition(name: "recent", type: .lruHash, keySize: 8, valueSize: 16, maxEntries: 64),
    MapDefinition(name: "globals", type: .array, keySize: 4, valueSize: 88, maxEntries: 1),
  ]

  /// How many programs there are, named as the program array has them.
  static let names = ["first", "second", "third"]

  /// What the objects may have in them.
  struct Scope: OptionSet {
    let rawValue: Int
    /// What is each machine's own: numbers of chance, order, and what a helper refuses that the kernel does not.
    static let ownMatters = Scope(rawValue: 1)
    /// What the verifier of Linux 6.18 is known to judge wrongly.
    static let kernelFaults = Scope(rawValue: 2)
  }

  var random: SplitMix
  let scope: Scope

  /// The object that belongs to a seed.
  init(seed: UInt64, scope: Scope = [.ownMatters, .kernelFaults]) {
    random = SplitMix(seed: seed)
    self.scope = scope
  }

  /// Makes a program of the object, another one each time.
  mutating func program(named name: String) -> Program {
    var roles: [RandomBody.Role] = [.main]
    for _ in 0..<random.pick([0, 0, 1, 1, 2, 3]) {
      roles.append(random.pick([.numbers, .memory, .context, .callback, .callback, .element]))
    }
    // Every function may call those that stand behind it, so none calls itself.
    let blocks = random.pick([3, 6, 6, 10, 16])
    var bodies: [[Instruction]] = []
    for index in roles.indices {
      var body = RandomBody(
        random: random,
        role: roles[index],
        callees: (index + 1..<roles.count).map { ($0, roles[$0]) },
        scope: scope
      )
      bodies.append(body.code(index == 0 ? blocks : max(2, blocks / 2)))
      random = body.random
    }
    // The kernel takes no function that nobody calls.
    let called = Self.called(bodies)
    var starts: [Int: Int] = [:], end = 0
    for index in called {
      starts[index] = end
      end += bodies[index].reduce(0) { $0 + $1.slotCount }
    }
    var slot = 0
    let linked = called.flatMap { bodies[$0] }.map { instruction in
      defer { slot += instruction.slotCount }
      switch instruction {
      case .call(.local(let function)):
        return Instruction.call(.local(offset: Int32((starts[Int(function)] ?? 0) - slot - 1)))
      case .loadImmediate(let register, .function(let function)):
        return .loadImmediate(register, .function(offset: Int32((starts[Int(function)] ?? 0) - slot - 1)))
      default: return instruction
      }
    }
    let functions = called.enumerated().map { index, body in
      Function(
        name: index == 0 ? name : "\(name)_\(index)",
        slot: starts[body] ?? 0,
        isGlobal: index == 0,
        type: BTF.TypeID(3 + index)
      )
    }
    return Program(
      name,
      linked,
      license: "GPL",
      functions: functions,
      maps: Self.maps,
      btf: Self.types
    )
  }

  /// The functions that the first one reaches by calls, in order.
  private static func called(_ bodies: [[Instruction]]) -> [Int] {
    var called: Set<Int> = [0]
    for index in bodies.indices where called.contains(index) {
      for case .call(.local(let function)) in bodies[index] { called.insert(Int(function)) }
      for case .loadImmediate(_, .function(let function)) in bodies[index] { called.insert(Int(function)) }
    }
    return called.sorted()
  }

  /// Types of functions, the entry's first: a function that is called may end in a tail call only if there are some.
  static let types: BTF = {
    let number = BTFType.integer(name: "long", byteCount: 8, bitOffset: 0, bitCount: 64, encoding: .signed)
    let functions = (0..<16).map {
      BTFType.function(name: "function_\($0)", prototype: 2, linkage: $0 == 0 ? .global : .static)
    }
    return BTF(
      types: [.void, number, .functionPrototype(returns: 1, parameters: [], isVariadic: false)] + functions
    )
  }()

  /// A packet, short ones among them.
  mutating func packet() -> [UInt8] {
    let small = Bool.random(using: &random)
    return random.bytes(random.pick([14, 20, 40, 60, 64, 100, 200])).map { small ? $0 & 7 : $0 }
  }
}
