/// Where two runs of one program first were not the same.
public struct Parting: Hashable, Sendable {
  /// The number of the step, counted from 0 over all that the traces hold.
  public var number: UInt64
  /// The registers that differ; empty where the two are at different instructions, or only one goes on.
  public var registers: [Register]

  /// Compares two traces; nil where they agree.
  ///
  /// Addresses are not compared, only whether they are null. `reference`, a third trace that knows which values are
  /// pointers, tells them; where it has gone another way, so do values that look like addresses on both sides.
  public init?(_ left: EngineTrace, _ right: EngineTrace, reference: EngineTrace) {
    for number in max(left.omitted, right.omitted)..<max(left.count, right.count) {
      let ours = left[number], theirs = right[number]
      guard let ours, let theirs, ours.program == theirs.program, ours.slot == theirs.slot else {
        self.number = number
        registers = []
        return
      }
      let known = reference[number].flatMap { $0.program == ours.program && $0.slot == ours.slot ? $0 : nil }
      let differing = zip(ours.values, theirs.values).filter { ours, theirs in
        let value = known?.values.first { $0.register == ours.register }
        let isPointer = value.map { $0.place != nil } ?? Self.areAddresses(ours.bits, theirs.bits)
        return isPointer ? (ours.bits == 0) != (theirs.bits == 0) : ours.bits != theirs.bits
      }
      guard differing.isEmpty else {
        self.number = number
        registers = differing.map(\.0.register)
        return
      }
    }
    return nil
  }

  /// Addresses of user space and of the kernel are beyond 2^40.
  private static func areAddresses(_ left: UInt64, _ right: UInt64) -> Bool {
    left >= 1 << 40 && right >= 1 << 40
  }
}
