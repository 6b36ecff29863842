/// Which ways a branch was found to go, over everything that can come to it.
public struct BranchWays: OptionSet, Hashable, Sendable {
  /// The bits of the set.
  public let rawValue: UInt8
  /// Makes a set from its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }
  /// To the next instruction.
  public static let falls = BranchWays(rawValue: 1)
  /// To its target.
  public static let jumps = BranchWays(rawValue: 2)
  /// Either way.
  public static let both: BranchWays = [.falls, .jumps]
}
