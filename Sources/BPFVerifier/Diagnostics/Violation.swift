public import BPF

/// A rule that a program breaks, and where.
public struct Violation: Error, Hashable, Sendable {
  /// The rule.
  public var rule: Rule
  /// One sentence, lower case, without a period.
  public var message: String
  /// The slot of the instruction that breaks it; nil where it is no single one.
  public var slot: Int?
  /// The register whose value breaks it, where it is one.
  public var register: Register?
  /// How many bytes the access wants, where it is one.
  public var byteCount: Int?

  /// Makes a violation.
  public init(
    _ rule: Rule,
    _ message: String,
    at slot: Int? = nil,
    register: Register? = nil,
    byteCount: Int? = nil
  ) {
    self.rule = rule
    self.message = message
    self.slot = slot
    self.register = register
    self.byteCount = byteCount
  }
}
