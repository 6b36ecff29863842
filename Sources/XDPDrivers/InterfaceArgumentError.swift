/// An interface argument that means nothing, or nothing yet.
public struct InterfaceArgumentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The argument as it was given.
  public var argument: String
  /// What is wrong with it, and what would be right.
  public var reason: String

  /// Makes an error.
  public init(argument: String, reason: String) {
    self.argument = argument
    self.reason = reason
  }

  /// One line for a person.
  public var description: String { "interface '\(argument)': \(reason)" }
}
