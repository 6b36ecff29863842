/// 32-bit words in byte strings that the kernel reads or wrote, in the host's byte order.
extension [UInt8] {
  /// The word whose first byte is at `offset`.
  func word(at offset: Int) -> UInt32 {
    var result: UInt32 = 0
    for index in 0..<4 { result |= UInt32(self[offset + index]) << UInt32(8 * index) }
    return UInt32(littleEndian: result)
  }

  /// The 64-bit word whose first byte is at `offset`.
  func doubleWord(at offset: Int) -> UInt64 { UInt64(word(at: offset)) | UInt64(word(at: offset + 4)) << 32 }

  /// These bytes with a word replaced.
  func replacingWord(at offset: Int, with word: UInt32) -> [UInt8] {
    var result = self
    for index in 0..<4 {
      result[offset + index] = UInt8(truncatingIfNeeded: word.littleEndian >> UInt32(8 * index))
    }
    return result
  }
}
