import BPF
import BPFMaps

/// The entry of an LPM trie that answers a look-up.
enum LongestPrefix {
  /// How many entries are looked through.
  private static let limit = 1 << 16

  /// The key of the longest prefix that covers another key; nil for other maps and for very large ones.
  static func key(covering key: [UInt8], in map: UserMap) -> [UInt8]? {
    guard map.definition.type == .lpmTrie else { return nil }
    var best: [UInt8]?, count = 0
    var next = try? map.nextKey(after: nil)
    while let candidate = next, count < limit {
      if covers(candidate, key), length(candidate) >= best.map(length) ?? 0 { best = candidate }
      count += 1
      next = try? map.nextKey(after: candidate)
    }
    return count < limit ? best : nil
  }

  /// The length in bits, which comes before the address.
  private static func length(_ key: [UInt8]) -> Int {
    key.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private static func covers(_ prefix: [UInt8], _ key: [UInt8]) -> Bool {
    let bits = length(prefix)
    guard bits <= length(key), bits <= (key.count - 4) * 8 else { return false }
    for bit in 0..<bits {
      let mask: UInt8 = 0x80 >> UInt8(bit & 7)
      if (prefix[4 + bit / 8] ^ key[4 + bit / 8]) & mask != 0 { return false }
    }
    return true
  }
}
