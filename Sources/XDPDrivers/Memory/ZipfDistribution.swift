/// Ranks from 1 on, of which rank `k` is drawn with a probability in proportion to `1 / k^exponent`.
///
/// With exponent 0 all are alike; about 1 is what addresses in the Internet look like. The same random bits give the same
/// rank on every machine: the powers are computed here, by operations that IEEE 754 defines exactly.
public struct ZipfDistribution: Sendable {
  /// The number of ranks.
  public let count: Int
  /// How steep it is.
  public let exponent: Double

  private let table: AliasTable

  /// The most ranks: their table takes 8 bytes each.
  public static let countLimit = 1 << 22
  /// The steepest.
  public static let exponentLimit = 10.0

  /// A distribution of 1 to `countLimit` ranks, with an exponent of 0 to `exponentLimit`.
  public init(count: Int, exponent: Double) {
    precondition((1...Self.countLimit).contains(count), "1 to \(Self.countLimit) ranks are possible")
    precondition(
      (0...Self.exponentLimit).contains(exponent),
      "an exponent is from 0 to \(Self.exponentLimit)"
    )
    self.count = count
    self.exponent = exponent
    table = AliasTable(weights: (1...count).map { Self.exponential(-exponent * Self.logarithm(Double($0))) })
  }

  /// The rank for 64 random bits.
  @inline(__always) public func rank(_ random: UInt64) -> Int { table.draw(random) + 1 }

  /// How likely each rank is to be drawn, the first one first.
  public var probabilities: [Double] { table.probabilities }

  // MARK: Powers

  private static let logarithmOf2 = 0x1.62e42fefa39efp-1

  /// The natural logarithm of a number that is at least 1.
  private static func logarithm(_ number: Double) -> Double {
    var exponent = Double(number.exponent), fraction = number.significand
    if fraction > 1.5 {
      fraction /= 2
      exponent += 1
    }
    // ln m = 2 artanh t, and |t| is at most 1/5.
    let t = (fraction - 1) / (fraction + 1), square = t * t
    var sum = 0.0
    for odd in Swift.stride(from: 25.0, through: 1, by: -2) { sum = sum * square + 1 / odd }
    return exponent * logarithmOf2 + 2 * t * sum
  }

  /// e to the power of a number that is at most 0.
  private static func exponential(_ number: Double) -> Double {
    let halvings = (number / logarithmOf2).rounded()
    let rest = number - halvings * logarithmOf2
    var sum = 1.0
    for divisor in Swift.stride(from: 16.0, through: 1, by: -1) { sum = 1 + rest / divisor * sum }
    return halvings < -1022 ? 0 : Double(sign: .plus, exponent: Int(halvings), significand: sum)
  }
}
