/// Why a program cannot be made into machine code here; an interpreter may still run it.
public struct CompilationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The instruction, nil where it is the program as a whole.
  public var slot: Int?
  /// What is the matter, lower case, without a period.
  public var reason: String

  /// Makes an error.
  public init(slot: Int?, reason: String) {
    self.slot = slot
    self.reason = reason
  }

  /// For a person.
  public var description: String { slot.map { "slot \($0): \(reason)" } ?? reason }
}
