import BPF

/// A function of the object: whole instructions of one section.
struct ObjectFunction: Sendable {
  let name: String
  let section: Int
  /// The bytes within the section.
  let range: Range<Int>
  /// Bound locally: never a program of itself.
  let isLocal: Bool
  /// Verified by itself: visible and not static.
  let isGlobal: Bool

  /// The number of 8-byte slots.
  var slotCount: Int { range.count / EncodedInstruction.byteCount }
}
