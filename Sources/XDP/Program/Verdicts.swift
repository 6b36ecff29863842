public import XDPTypes

/// What the program said about each packet of a batch, in fixed arrays that machine code can fill.
public struct Verdicts: Sendable {
  /// The action by packet, `XDPAction`'s number: never above 4.
  public var actions: [64 of UInt8] = [64 of UInt8](repeating: 0)
  /// The low half of `r0` as the program returned it; 0 after a trap.
  public var returned: [64 of UInt32] = [64 of UInt32](repeating: 0)
  /// Where a redirected packet goes; only of meaning where the action is `redirect`.
  public var targets: [64 of RedirectTarget] = [64 of RedirectTarget](repeating: .none)

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
}
