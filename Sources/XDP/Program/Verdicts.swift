import CLinux
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
    record(value, at: index)
    targets[index] = target
  }

  /// Records what a program returned whose target, if any, is in its place already.
  @inline(__always) mutating func record(_ value: UInt32, at index: Int) {
    actions[index] = value <= XDPAction.redirect.rawValue ? UInt8(truncatingIfNeeded: value) : 0
    returned[index] = value
  }

  /// The first of the actions within verdicts that stay where they are.
  @unsafe static func actions(in verdicts: UnsafeMutablePointer<Verdicts>) -> UnsafeMutablePointer<UInt8> {
    unsafe place(of: \.actions, in: verdicts)
  }

  /// The first of the answers.
  @unsafe static func returned(in verdicts: UnsafeMutablePointer<Verdicts>) -> UnsafeMutablePointer<UInt32> {
    unsafe place(of: \.returned, in: verdicts)
  }

  /// The first of the targets.
  @unsafe static func targets(
    in verdicts: UnsafeMutablePointer<Verdicts>
  ) -> UnsafeMutablePointer<RedirectTarget> {
    unsafe place(of: \.targets, in: verdicts)
  }

  @unsafe @inline(__always) private static func place<Element>(
    of path: KeyPath<Verdicts, [64 of Element]>,
    in verdicts: UnsafeMutablePointer<Verdicts>
  ) -> UnsafeMutablePointer<Element> {
    let offset = MemoryLayout<Verdicts>.offset(of: path) ?? 0
    return unsafe (UnsafeMutableRawPointer(verdicts) + offset).assumingMemoryBound(to: Element.self)
  }

  /// Whether the program returned a number that is no action.
  public func isUnknown(at index: Int) -> Bool { returned[index] > XDPAction.redirect.rawValue }

  /// The packets of a batch that have this action, sixteen at a time.
  ///
  /// Unsafe: the bytes are read within the array.
  @inline(__always) func packets(with action: XDPAction, among batch: PacketSet) -> PacketSet {
    let wanted = UInt8(truncatingIfNeeded: action.rawValue)
    var bits: UInt64 = 0
    for part in 0..<4 {
      let low = unsafe actions.span.bytes.unsafeLoadUnaligned(fromByteOffset: 16 * part, as: UInt64.self)
      let high = unsafe actions.span.bytes.unsafeLoadUnaligned(fromByteOffset: 16 * part + 8, as: UInt64.self)
      bits |= UInt64(clinux_equal_bytes_of_words(low, high, wanted)) &<< UInt64(16 * part)
    }
    return PacketSet(bits: bits & batch.bits)
  }

  /// Takes the first of some packets out, and with it all that go to the same place; nil where there is none.
  @inline(__always)
  func removeCompanions(from packets: inout PacketSet) -> (target: RedirectTarget, together: PacketSet)? {
    if packets.isEmpty { return nil }
    var rest = packets, found = PacketSet.none
    // A span, because a subscript of the array itself would copy all of it first.
    let targets = targets.span
    let target = targets[rest.first]
    while !rest.isEmpty {
      let index = rest.removeFirst()
      if targets[index] == target { found.bits |= 1 &<< UInt64(index) }
    }
    packets.subtract(found)
    return (target, found)
  }
}
