/// Memory that a helper lends to the program: what its result points to.
@safe struct MemoryLoan {
  /// From the address that the helper answers with.
  var byteCount = 0
  /// Whether the program may write it.
  var isWritable = false
  /// Whom the memory goes with; what is lent by an owner that is gone is of no use any more.
  var owner: UInt32 = 0

  /// The owner of what is lent out of the packet, until a helper changes the packet.
  static let packet: UInt32 = 1
  /// The first number of other owners.
  static let firstOwner: UInt32 = 2
}
