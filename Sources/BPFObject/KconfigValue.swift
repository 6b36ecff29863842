/// A value of the kernel's configuration, or another fact that `.kconfig` variables ask for
/// (`LINUX_KERNEL_VERSION`).
public enum KconfigValue: Hashable, Sendable {
  /// `y`
  case yes
  /// `m`
  case module
  /// `n`, which configurations leave out or write as a comment.
  case no
  /// A number: its 64 bits.
  case integer(UInt64)
  /// Text without its quotes.
  case string(String)

  /// Reads the value after the `=` of a line in a configuration; nil if it is in no form that configurations have.
  public init?(parsing text: some StringProtocol) {
    switch text {
    case "y": self = .yes
    case "m": self = .module
    case "n": self = .no
    default:
      if text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") {
        self = .string(String(text.dropFirst().dropLast()))
      } else if text.hasPrefix("0x") || text.hasPrefix("0X"), let value = UInt64(text.dropFirst(2), radix: 16)
      {
        self = .integer(value)
      } else if let value = Int64(text) {
        self = .integer(UInt64(bitPattern: value))
      } else if let value = UInt64(text) {
        self = .integer(value)
      } else {
        return nil
      }
    }
  }

  /// Reads a whole configuration, such as `/proc/config.gz` unpacked: lines `CONFIG_NAME=value`.
  ///
  /// Comments, and lines that say nothing, are skipped.
  public static func configuration(parsing text: String) -> [String: KconfigValue] {
    var values: [String: KconfigValue] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      guard line.hasPrefix("CONFIG_"), let equals = line.firstIndex(of: "=") else { continue }
      values[String(line[..<equals])] = KconfigValue(parsing: line[line.index(after: equals)...])
    }
    return values
  }
}
