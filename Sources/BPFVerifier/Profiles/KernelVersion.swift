/// A version of Linux, such as 6.12; what comes after the second number is of no account.
public struct KernelVersion: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The first number.
  public var major: Int
  /// The second number.
  public var minor: Int

  /// Makes a version.
  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `6.12`, and what `uname -r` prints, such as `6.1.0-18-amd64`; nil for anything else.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count >= 2, let major = Self.number(parts[0]) else { return nil }
    let digits = parts[1].prefix { $0.isASCII && $0.isNumber }
    let rest = parts[1].dropFirst(digits.count)
    guard let minor = Self.number(digits), rest.isEmpty || rest.first == "-" else {
      return nil
    }
    self.init(major, minor)
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    guard (1...4).contains(text.utf8.count), text.utf8.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return Int(text)
  }

  /// The versions with long support that profiles are for, oldest first.
  public static let profiled: [KernelVersion] = [v5_10, v5_15, v6_1, v6_6, v6_12, v6_18]
  /// Linux 5.10 of December 2020.
  public static let v5_10 = KernelVersion(5, 10)
  /// Linux 5.15 of October 2021.
  public static let v5_15 = KernelVersion(5, 15)
  /// Linux 6.1 of December 2022.
  public static let v6_1 = KernelVersion(6, 1)
  /// Linux 6.6 of October 2023.
  public static let v6_6 = KernelVersion(6, 6)
  /// Linux 6.12 of November 2024.
  public static let v6_12 = KernelVersion(6, 12)
  /// Linux 6.18 of November 2025, whose verifier is modelled.
  public static let v6_18 = KernelVersion(6, 18)

  /// Both numbers, such as `6.12`.
  public var description: String { "\(major).\(minor)" }

  /// Whether a version is older than another.
  public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}
