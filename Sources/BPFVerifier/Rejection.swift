public import BPF

/// Why a program is refused: the rule, the instruction, and the way on which it is broken.
public struct Rejection: Error, Sendable {
  /// The program.
  public var program: Program
  /// What is wrong.
  public var violation: Violation
  /// The slots of the instructions on the way there, the first one first; empty where no way was followed.
  public var path: [Int]
  /// What led to it, the nearest first: where the value was made, what narrowed it, what lost it.
  public var notes: [Note]
  /// The edit that would satisfy the rule, in words; empty where none is known.
  public var help: String
  /// How much work was done until then.
  public var statistics: VerifierStatistics

  /// One step of the explanation.
  public struct Note: Hashable, Sendable {
    /// One sentence, lower case, without a period.
    public var message: String
    /// The instruction's slot.
    public var slot: Int?

    /// Makes a note.
    public init(_ message: String, at slot: Int?) {
      self.message = message
      self.slot = slot
    }
  }
}
