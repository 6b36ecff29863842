/// Where assembly text cannot be read, and what should have stood there.
public struct AssemblyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The line, counted from 1.
  public var line: Int
  /// The column in characters, counted from 1.
  public var column: Int
  /// What would have been right, as a noun phrase: `a register`, `'goto'`.
  public var expected: String
  /// What stands there instead, as a noun phrase; `the end of the line` where nothing does.
  public var found: String

  /// Makes an error.
  public init(line: Int, column: Int, expected: String, found: String) {
    self.line = line
    self.column = column
    self.expected = expected
    self.found = found
  }

  /// `line:column: error: expected …, found …`.
  public var description: String { "\(line):\(column): error: expected \(expected), found \(found)" }
}
