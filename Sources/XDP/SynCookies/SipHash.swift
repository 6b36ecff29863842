/// SipHash-2-4 with a 128-bit key (Aumasson and Bernstein, 2012), over 32-bit words.
struct SipHash: Sendable {
  private let key: (UInt64, UInt64)

  /// A hash function of the key's two halves.
  init(key first: UInt64, _ second: UInt64) { key = (first, second) }

  /// The hash of words, each as its four bytes, the lowest first.
  func callAsFunction(_ words: [UInt32]) -> UInt64 {
    var v0 = key.0 ^ 0x736f_6d65_7073_6575, v1 = key.1 ^ 0x646f_7261_6e64_6f6d
    var v2 = key.0 ^ 0x6c79_6765_6e65_7261, v3 = key.1 ^ 0x7465_6462_7974_6573
    func round() {
      v0 &+= v1
      v1 = (v1 << 13 | v1 >> 51) ^ v0
      v0 = v0 << 32 | v0 >> 32
      v2 &+= v3
      v3 = (v3 << 16 | v3 >> 48) ^ v2
      v0 &+= v3
      v3 = (v3 << 21 | v3 >> 43) ^ v0
      v2 &+= v1
      v1 = (v1 << 17 | v1 >> 47) ^ v2
      v2 = v2 << 32 | v2 >> 32
    }
    func absorb(_ block: UInt64) {
      v3 ^= block
      round()
      round()
      v0 ^= block
    }
    for index in stride(from: 0, to: words.count & ~1, by: 2) {
      absorb(UInt64(words[index]) | UInt64(words[index + 1]) << 32)
    }
    absorb(UInt64(words.count * 4) << 56 | (words.count & 1 == 1 ? UInt64(words[words.count - 1]) : 0))
    v2 ^= 0xff
    for _ in 0..<4 { round() }
    return v0 ^ v1 ^ v2 ^ v3
  }
}
