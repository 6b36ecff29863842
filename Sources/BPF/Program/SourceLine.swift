/// Where an instruction came from, out of a `.BTF.ext` line record.
public struct SourceLine: Hashable, Sendable {
  /// The source file as the compiler was given it.
  public var file: String
  /// Counted from 1; 0 where the compiler knew none.
  public var line: Int
  /// Counted from 1; 0 where the compiler knew none.
  public var column: Int
  /// The text of the line as the compiler saw it, without its newline; empty where it was not recorded.
  public var text: String

  /// Makes a position.
  public init(file: String, line: Int, column: Int, text: String) {
    self.file = file
    self.line = line
    self.column = column
    self.text = text
  }
}
