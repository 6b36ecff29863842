extension XDPAction: LosslessStringConvertible {
  /// The action's word, such as `drop`.
  public var description: String {
    switch self {
    case .aborted: "aborted"
    case .drop: "drop"
    case .pass: "pass"
    case .tx: "tx"
    case .redirect: "redirect"
    }
  }

  /// The C name, such as `XDP_DROP`.
  public var cName: String { "XDP_" + description.uppercased() }

  /// Reads `description` back.
  public init?(_ text: String) {
    guard let action = Self.allCases.first(where: { $0.description == text }) else { return nil }
    self = action
  }
}
