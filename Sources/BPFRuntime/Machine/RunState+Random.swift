extension RunState {
  /// The next number of xoshiro256** (Blackman and Vigna, 2018).
  mutating func nextRandom() -> UInt64 {
    func rotated(_ value: UInt64, _ count: UInt64) -> UInt64 { value &<< count | value &>> (64 - count) }
    let result = rotated(random[1] &* 5, 7) &* 9
    let shifted = random[1] &<< 17
    random[2] ^= random[0]
    random[3] ^= random[1]
    random[1] ^= random[2]
    random[0] ^= random[3]
    random[2] ^= shifted
    random[3] = rotated(random[3], 45)
    return result
  }

  /// Starts the random numbers from a seed: the same seed, the same numbers (state spread by splitmix64).
  public mutating func seed(_ seed: UInt64) {
    var value = seed
    for index in 0..<4 {
      value &+= 0x9E37_79B9_7F4A_7C15
      var mixed = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
      random[index] = mixed ^ (mixed >> 31)
    }
  }
}
