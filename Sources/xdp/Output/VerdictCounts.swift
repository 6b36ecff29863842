import XDP

/// How many packets got which action.
struct VerdictCounts: Hashable {
  private var counts = [UInt64](repeating: 0, count: XDPAction.allCases.count)

  init() {}

  /// The counts of a data path.
  init(_ tally: Tally) {
    for action in XDPAction.allCases { self[action] = tally[action] }
  }

  /// The packets of an action.
  subscript(action: XDPAction) -> UInt64 {
    get { counts[Int(action.rawValue)] }
    set { counts[Int(action.rawValue)] = newValue }
  }

  /// All packets.
  var total: UInt64 { counts.reduce(0, +) }

  /// Every action with its count.
  var document: JSONValue {
    .object(XDPAction.allCases.reduce(into: JSONObject()) { $0["\($1)"] = .number(self[$1]) })
  }

  /// The actions that were given, such as `3 drop, 1 pass`.
  var text: String {
    let given = XDPAction.allCases.filter { self[$0] > 0 }
    return given.isEmpty ? "none" : given.map { "\(self[$0]) \($0)" }.joined(separator: ", ")
  }
}
