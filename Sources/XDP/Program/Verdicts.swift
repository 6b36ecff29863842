public import XDPTypes

/// What the program said about each packet of a batch, in fixed arrays that machine code can fill.
public struct Verdicts: Sendable {
  /// The action by packet, `XDPAction`'s number: never above 4.
  public var actions: [64 of UInt8] = [64 of UInt8](repeating: 0)
  /// The low half of `r0` as the program returned it; 0 after a trap.
  public var returned: [64 of UInt32] = [64 of UInt32](repeating: 0)
  /// Where a redirected packet goes; only of meaning where the action is `redirect`.
  public var targets: [64 of RedirectTarget] = [64 of RedirectTarget](repeating: .none)

  static let actionsOffset = offset(\.actions), returnedOffset = offset(\.returned)
  static let targetsOffset = offset(\.targets)

  private static func offset(_ path: PartialKeyPath<Verdicts>) -> Int {
    guard let offset = MemoryLayout<Verdicts>.offset(of: path) else {
      preconditionFailure("a verdict's field has no place")
    }
    return offset
  }

  /// Verdicts of no packet yet.
  public init() {}

  /// What becomes of a packet.
  public subscript(index: Int) -> XDPAction { XDPAction(rawValue: UInt32(actions[index])) ?? .aborted }

  /// Records what a program returned: a number that is no action counts as aborted.
  public mutating func record(_ value: UInt32, target: RedirectTarget, at index: Int) {
    actions[index] = value <= XDPAction.redirect.rawValue ? UInt8(truncatingIfNeeded: value) : 0
    returned[index] = value
    targets[index] = target
  }

  /// Whether the program returned a number that is no action.
  public func isUnknown(at index: Int) -> Bool { returned[index] > XDPAction.redirect.rawValue }

  /// Makes sure that no packet has the target of one that was in its place before.
  mutating func forgetTargets() {
    let redirect = UInt8(XDPAction.redirect.rawValue)
    for index in actions.indices where actions[index] == redirect { targets[index] = .none }
  }
}
