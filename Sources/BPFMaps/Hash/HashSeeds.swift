/// The secret of a map's hash function: who does not know it cannot choose keys that collide.
struct HashSeeds: Sendable {
  let first: UInt64
  /// Odd, so that multiplying by it loses nothing.
  let second: UInt64

  /// Spreads one number over both seeds.
  init(_ seed: UInt64) {
    first = Self.mixed(seed &+ 0x9E37_79B9_7F4A_7C15)
    second = Self.mixed(seed &+ 0x3C6E_F372_FE94_F82A) | 1
  }

  /// The finaliser of SplitMix64.
  private static func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Both halves of a 128-bit product, folded.
  @inline(__always) func folded(_ a: UInt64, _ b: UInt64) -> UInt64 {
    let product = a.multipliedFullWidth(by: b)
    return product.high ^ product.low
  }
}
