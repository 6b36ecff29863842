/// The wire form of one slot: 8 bytes, little endian (RFC 9669, section 3).
///
/// A `loadImmediate` takes two of them, every other instruction one.
public struct EncodedInstruction: Hashable, Sendable, BitwiseCopyable {
  /// The number of bytes in a slot.
  public static let byteCount = 8

  /// The slot as one little-endian number: opcode in the lowest byte, immediate in the highest four.
  public var bits: UInt64

  /// Makes a slot from its little-endian number.
  public init(bits: UInt64) { self.bits = bits }

  /// Makes a slot from its fields; of the register numbers the low four bits count.
  public init(
    opcode: UInt8,
    destination: UInt8 = 0,
    source: UInt8 = 0,
    offset: Int16 = 0,
    immediate: Int32 = 0
  ) {
    let registers = UInt64(destination & 0xf) | UInt64(source & 0xf) << 4
    let tail = UInt64(UInt16(bitPattern: offset)) | UInt64(UInt32(bitPattern: immediate)) << 16
    bits = UInt64(opcode) | registers << 8 | tail << 16
  }

  /// Class, operation or size and mode, and source flag.
  public var opcode: UInt8 { UInt8(truncatingIfNeeded: bits) }
  /// The destination register's number, 0–15, of which 11–15 name no register.
  public var destination: UInt8 { UInt8(truncatingIfNeeded: bits >> 8) & 0xf }
  /// The source register's number, or the kind of a call or of a 64-bit immediate, 0–15.
  public var source: UInt8 { UInt8(truncatingIfNeeded: bits >> 12) & 0xf }
  /// The branch or memory offset, or what the operation makes of it.
  public var offset: Int16 { Int16(truncatingIfNeeded: bits >> 16) }
  /// The constant operand, or what the operation makes of it.
  public var immediate: Int32 { Int32(truncatingIfNeeded: bits >> 32) }

  /// The 8 bytes in order.
  public var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) } }
}

extension [EncodedInstruction] {
  /// The whole slots in these bytes; the error is a length that is not a multiple of 8.
  public init(parsing bytes: RawSpan) throws(DecodingError) {
    try self.init(parsing: Span<UInt8>(_bytes: bytes))
  }

  /// The whole slots in these bytes; the error is a length that is not a multiple of 8.
  public init(parsing bytes: Span<UInt8>) throws(DecodingError) {
    let slotCount = bytes.count / EncodedInstruction.byteCount
    let remainder = bytes.count % EncodedInstruction.byteCount
    guard remainder == 0 else { throw DecodingError(slot: slotCount, .partialSlot(byteCount: remainder)) }
    self = []
    reserveCapacity(slotCount)
    for slot in 0..<slotCount {
      var bits: UInt64 = 0
      for index in 0..<8 { bits |= UInt64(bytes[slot * 8 + index]) << (index * 8) }
      append(EncodedInstruction(bits: bits))
    }
  }
}
