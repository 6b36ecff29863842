/// Why a program cannot be bound to an environment.
public struct BindingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The program's name.
  public var program: String
  /// The slot of the instruction at fault, or nil where none is.
  public var slot: Int?
  /// What is wrong.
  public var reason: String

  /// Makes an error.
  public init(program: String, slot: Int?, reason: String) {
    self.program = program
    self.slot = slot
    self.reason = reason
  }

  /// One line for a person.
  public var description: String {
    "program '\(program)'" + (slot.map { ", slot \($0)" } ?? "") + ": \(reason)"
  }
}
