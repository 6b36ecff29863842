import ArgumentParser

/// An option's `NAME=VALUE`.
package struct Assignment: ExpressibleByArgument, Hashable {
  /// What stands before the first `=`.
  package var name: String
  /// What stands behind it.
  package var value: String

  package init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign > argument.startIndex else { return nil }
    name = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
  }
}
