/// The packets of a test that were not run, and why.
struct SkippedPackets {
  /// How many are listed one by one; the others are only counted.
  static let listLimit = 100_000

  private var listed: [JSONValue] = []
  /// By reason, in the order in which they first came up.
  private var reasons: [(reason: String, count: UInt64, first: Int, length: Int)] = []

  /// Adds a packet.
  mutating func add(index: Int, length: Int, reason: String) {
    if listed.count < Self.listLimit {
      listed.append(["index": .number(index), "length": .number(length), "reason": .string(reason)])
    }
    if let known = reasons.firstIndex(where: { $0.reason == reason }) {
      reasons[known].count += 1
    } else {
      reasons.append((reason, 1, index, length))
    }
  }

  /// The document: each packet's index, length in bytes and reason.
  var document: JSONValue { .array(listed) }

  /// A line for a person for every reason.
  var notes: [String] {
    reasons.map { reason, count, first, length in
      let which = count == 1 ? "#\(first)" : "first #\(first)"
      return "\(RunTotals.counted(count)) left out, \(which) of \(length) bytes: \(reason)"
    }
  }
}
