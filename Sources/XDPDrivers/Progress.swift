/// How far a source that ends has come.
public struct Progress: Hashable, Sendable {
  /// What is counted.
  public enum Unit: String, Hashable, Sendable {
    /// Bytes of a file.
    case bytes
    /// Packets.
    case packets
  }

  /// What `done` and `total` count.
  public var unit: Unit
  /// What is behind.
  public var done: UInt64
  /// All there is, nil where nobody knows.
  public var total: UInt64?

  /// Makes a report.
  public init(unit: Unit, done: UInt64, total: UInt64?) {
    self.unit = unit
    self.done = done
    self.total = total
  }

  /// From 0 to 1, nil where the end is not known.
  public var fraction: Double? {
    guard let total else { return nil }
    return total == 0 ? 1 : min(1, Double(done) / Double(total))
  }
}

/// A driver that knows how far it has come.
///
/// Asking costs a system call: ask a few times a second.
public protocol ProgressReporting: AnyObject {
  /// How far it has come.
  var progress: Progress { get }
}
