import Synchronization

/// A prefix on its way through a trie, in the form that suits its size.
///
/// Its data is taken as big-endian words, first bit on top; nodes store them so.
///
/// Unsafe: a key is made from an address that is good for the map's key size and used only while that holds; stored data
/// are aligned words of the map's storage, read atomically, for their node may be reused meanwhile.
protocol PrefixKey {
  /// Loads the data at an address, the bytes behind the prefix length.
  @unsafe init(_ data: UnsafeRawPointer, byteCount: Int)
  /// How many leading bits are those of stored data, `limit` at most.
  @unsafe func commonBits(_ stored: UnsafeMutableRawPointer, limit: UInt32) -> UInt32
  /// The bit at a position, 0 or 1.
  func bit(_ position: UInt32) -> Int
  /// The byte at a position.
  func byte(_ position: Int) -> Int
  /// Stores the data, padded with zeros to words.
  @unsafe func store(to stored: UnsafeMutableRawPointer)
}

extension UnsafeRawPointer {
  /// Up to 8 bytes at an offset as a big-endian word, zeros behind them.
  @inline(__always) fileprivate func bigEndianWord(_ offset: Int, _ byteCount: Int) -> UInt64 {
    if byteCount >= 8 {
      let high = unsafe loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      let low = unsafe loadUnaligned(fromByteOffset: offset &+ 4, as: UInt32.self)
      return UInt64(UInt32(bigEndian: high)) << 32 | UInt64(UInt32(bigEndian: low))
    }
    if byteCount == 4 {
      return UInt64(UInt32(bigEndian: unsafe loadUnaligned(fromByteOffset: offset, as: UInt32.self))) << 32
    }
    var word: UInt64 = 0
    for position in 0..<byteCount {
      let byte = unsafe load(fromByteOffset: offset &+ position, as: UInt8.self)
      word |= UInt64(byte) << UInt64(56 &- position &* 8)
    }
    return word
  }
}

/// A prefix of up to 8 bytes, such as an IPv4 one.
@safe struct ShortPrefix: PrefixKey {
  private let word: UInt64

  @inline(__always) init(_ data: UnsafeRawPointer, byteCount: Int) {
    word = unsafe data.bigEndianWord(0, byteCount)
  }
  @inline(__always) func commonBits(_ stored: UnsafeMutableRawPointer, limit: UInt32) -> UInt32 {
    let other = unsafe stored.word().pointee.load(ordering: .relaxed)
    return min(UInt32(truncatingIfNeeded: (word ^ other).leadingZeroBitCount), limit)
  }
  @inline(__always) func bit(_ position: UInt32) -> Int {
    Int(truncatingIfNeeded: (word &<< UInt64(position)) >> 63)
  }
  @inline(__always) func byte(_ position: Int) -> Int {
    Int(truncatingIfNeeded: (word &<< UInt64(truncatingIfNeeded: position &* 8)) >> 56)
  }
  func store(to stored: UnsafeMutableRawPointer) {
    unsafe stored.word().pointee.store(word, ordering: .relaxed)
  }
}

/// A prefix of 9 to 16 bytes, such as an IPv6 one.
@safe struct WidePrefix: PrefixKey {
  private let high: UInt64
  private let low: UInt64

  @inline(__always) init(_ data: UnsafeRawPointer, byteCount: Int) {
    high = unsafe data.bigEndianWord(0, 8)
    low = unsafe data.bigEndianWord(8, byteCount &- 8)
  }
  @inline(__always) func commonBits(_ stored: UnsafeMutableRawPointer, limit: UInt32) -> UInt32 {
    let difference = unsafe stored.word(0).pointee.load(ordering: .relaxed) ^ high
    if difference != 0 { return min(UInt32(truncatingIfNeeded: difference.leadingZeroBitCount), limit) }
    let rest = unsafe stored.word(8).pointee.load(ordering: .relaxed) ^ low
    return min(64 &+ UInt32(truncatingIfNeeded: rest.leadingZeroBitCount), limit)
  }
  @inline(__always) func bit(_ position: UInt32) -> Int {
    let word = position < 64 ? high : low
    return Int(truncatingIfNeeded: (word &<< UInt64(position)) >> 63)
  }
  @inline(__always) func byte(_ position: Int) -> Int {
    let word = position < 8 ? high : low
    return Int(truncatingIfNeeded: (word &<< UInt64(truncatingIfNeeded: position &* 8)) >> 56)
  }
  func store(to stored: UnsafeMutableRawPointer) {
    unsafe stored.word(0).pointee.store(high, ordering: .relaxed)
    unsafe stored.word(8).pointee.store(low, ordering: .relaxed)
  }
}

/// A longer prefix, read where it is.
@safe struct LongPrefix: PrefixKey {
  @unsafe private let data: UnsafeRawPointer
  private let byteCount: Int

  init(_ data: UnsafeRawPointer, byteCount: Int) {
    unsafe self.data = data
    self.byteCount = byteCount
  }

  func commonBits(_ stored: UnsafeMutableRawPointer, limit: UInt32) -> UInt32 {
    var offset = 0
    while offset < byteCount, offset &* 8 < limit {
      let difference = unsafe stored.word(offset).pointee.load(ordering: .relaxed) ^ word(offset)
      if difference != 0 { return min(UInt32(offset &* 8 &+ difference.leadingZeroBitCount), limit) }
      offset &+= 8
    }
    return limit
  }

  func bit(_ position: UInt32) -> Int {
    let byte = unsafe data.load(fromByteOffset: Int(position / 8), as: UInt8.self)
    return Int(byte >> UInt8(7 &- position % 8)) & 1
  }

  func byte(_ position: Int) -> Int {
    Int(unsafe data.load(fromByteOffset: position, as: UInt8.self))
  }

  func store(to stored: UnsafeMutableRawPointer) {
    for offset in stride(from: 0, to: byteCount, by: 8) {
      unsafe stored.word(offset).pointee.store(word(offset), ordering: .relaxed)
    }
  }

  private func word(_ offset: Int) -> UInt64 {
    unsafe data.bigEndianWord(offset, min(8, byteCount &- offset))
  }
}
