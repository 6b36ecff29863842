import BPF
import BPFMaps
import Testing

/// A generator whose sequence a seed repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

@Suite struct `Random operations` {
  @Test(
    arguments: [
      (4, 50), (4, 700), (8, 100), (16, 100), (6, 100), (13, 9), (40, 300), (4, 30_000), (16, 30_000),
    ],
    [UInt64(1), 2, 3]
  )
  func `a hash does what a dictionary does`(_ shape: (key: Int, entries: Int), _ seed: UInt64) throws {
    let map = try makeMap(.hash, key: shape.key, value: 8, entries: shape.entries)
    var model: [[UInt8]: [UInt8]] = [:], random = SeededGenerator(seed)
    for step in 0..<20_000 {
      var key = [UInt8](repeating: 0, count: shape.key)
      key.replaceSubrange(
        0..<2,
        with: bytes(UInt16.random(in: 0..<UInt16(shape.entries * 2), using: &random))
      )
      let value = bytes(UInt64(step))
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let flags = UInt64.random(in: 0...2, using: &random)
        let expected: Int32 =
          switch (flags, model[key] != nil) {
          case (1, true): -17
          case (2, false): -2
          case (_, false) where model.count == shape.entries: -7
          default: 0
          }
        if expected == 0 { model[key] = value }
        try #require(map.programUpdate(key, value, flags: flags) == expected)
      case 4..<6:
        try #require(map.programDelete(key) == (model.removeValue(forKey: key) == nil ? -2 : 0))
      case 6: try #require(try map.lookup(key) == model[key])
      default: try #require(map.programLookup(key) == model[key])
      }
      if step % 4000 == 0 {
        let keys = try map.keys()
        try #require(keys.count == model.count && Set(keys) == Set(model.keys))
      }
    }
    for (key, value) in model { #expect(map.programLookup(key) == value) }
  }

  @Test(arguments: [(1, 40), (4, 300), (12, 100), (32, 100)], [UInt64(1), 2, 3])
  func `a trie does what a list of prefixes does`(_ shape: (data: Int, entries: Int), _ seed: UInt64) throws {
    let map = try makeMap(.lpmTrie, key: 4 + shape.data, value: 4, entries: shape.entries)
    var model: [Prefix: [UInt8]] = [:], random = SeededGenerator(seed)
    for step in 0..<6000 {
      let prefix = Prefix.random(shape.data, using: &random), key = prefix.key
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<4:
        let flags = UInt64.random(in: 0...2, using: &random)
        let expected: Int32 =
          switch (flags, model[prefix] != nil) {
          case (1, true): -17
          case (2, false): -2
          case (_, false) where model.count == shape.entries: -28
          default: 0
          }
        if expected == 0 { model[prefix] = bytes(UInt32(step)) }
        try #require(map.programUpdate(key, bytes(UInt32(step)), flags: flags) == expected)
      case 4..<6: try #require(map.programDelete(key) == (model.removeValue(forKey: prefix) == nil ? -2 : 0))
      default:
        let best = model.keys.filter { $0.isBeginning(of: prefix) }.max { $0.length < $1.length }
        try #require(map.programLookup(key) == best.flatMap { model[$0] })
      }
      if step % 1000 == 999 {
        let found = try map.keys().map { Prefix($0) }
        try #require(found == model.keys.sorted { $0.precedes($1) })
      }
    }
  }

  @Test(arguments: [UInt64(1), 2, 3]) func `an LRU holds a part of what was stored`(_ seed: UInt64) throws {
    let map = try makeMap(.lruHash, entries: 60)
    var model: [UInt32: UInt64] = [:], random = SeededGenerator(seed), hits = 0
    for step in 0..<20_000 {
      let key = UInt32.random(in: 0..<120, using: &random)
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<3:
        try #require(map.programUpdate(bytes(key), bytes(UInt64(step))) == 0)
        model[key] = UInt64(step)
      case 3:
        let wasThere = map.programDelete(bytes(key)) == 0
        if wasThere { try #require(model[key] != nil) }
        model[key] = nil
      default:
        if let found = map.programLookup(bytes(key)) {
          try #require(number(found) == model[key])
          hits += 1
        }
      }
      if step % 1000 == 0 { try #require(try map.keys().count <= 60) }
    }
    #expect(hits > 1000)
  }
}

/// A prefix of the model: its bits, as many as it is long.
private struct Prefix: Hashable {
  var length: Int
  var bits: [Bool]
  private let byteCount: Int

  init(length: Int, data: [UInt8]) {
    self.length = length
    byteCount = data.count
    bits = (0..<length).map { data[$0 / 8] >> UInt8(7 - $0 % 8) & 1 == 1 }
  }

  init(_ key: [UInt8]) {
    self.init(length: Int(number(key.prefix(4))), data: Array(key.dropFirst(4)))
  }

  /// Few different bits, so that prefixes begin with each other often.
  static func random(_ byteCount: Int, using random: inout SeededGenerator) -> Prefix {
    let data = (0..<byteCount).map { _ in
      [UInt8](arrayLiteral: 0, 0, 0x80, 0xFF, 0x0F).randomElement(using: &random)!
    }
    return Prefix(length: Int.random(in: 0...byteCount * 8, using: &random), data: data)
  }

  /// The key, with zeros behind the prefix.
  var key: [UInt8] {
    var data = [UInt8](repeating: 0, count: byteCount)
    for (index, bit) in bits.enumerated() where bit { data[index / 8] |= 0x80 >> UInt8(index % 8) }
    return bytes(UInt32(length)) + data
  }

  func isBeginning(of other: Prefix) -> Bool { length <= other.length && other.bits.starts(with: bits) }

  /// Bit by bit, and longer ones before their beginnings.
  func precedes(_ other: Prefix) -> Bool {
    for (mine, theirs) in zip(bits, other.bits) where mine != theirs { return theirs }
    return length > other.length
  }
}
