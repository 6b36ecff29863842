import TestSupport
import Testing
import XDPDrivers

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct `Zipf's distribution` {
  /// By the formula, with the system's power function.
  private func expected(_ count: Int, _ exponent: Double) -> [Double] {
    let weights = (1...count).map { pow(Double($0), -exponent) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  @Test(arguments: [1, 2, 3, 1000, 65_536], [0, 0.5, 1, 1.2, 2.5, 10])
  func `has the probabilities of its formula`(count: Int, exponent: Double) {
    let found = ZipfDistribution(count: count, exponent: exponent).probabilities
    for (one, other) in zip(found, expected(count, exponent)) { #expect(abs(one - other) < 1e-9) }
    #expect(found.count == count)
  }

  @Test(arguments: [0.0, 0.9, 1, 1.5])
  func `is drawn as it says`(exponent: Double) {
    let zipf = ZipfDistribution(count: 200, exponent: exponent), draws = 1_000_000
    var random = SplitMix(seed: 5), counts = [Int](repeating: 0, count: 200)
    for _ in 0..<draws { counts[zipf.rank(random.next()) - 1] += 1 }
    // Pearson's test, leaving out what is too rare for it: far beyond the 0.1 % point of 199 degrees of freedom.
    var sum = 0.0
    for (count, probability) in zip(counts, expected(200, exponent)) {
      let mean = probability * Double(draws), difference = Double(count) - mean
      sum += difference * difference / mean
    }
    #expect(sum < 270, "\(sum)")
    #expect(sum > 130, "more even than chance: \(sum)")
  }

  @Test func `gives every rank its first and last bits`() {
    let zipf = ZipfDistribution(count: 1000, exponent: 1)
    #expect(zipf.rank(0) == 1)
    #expect((1...1000).contains(zipf.rank(.max)))
  }
}
