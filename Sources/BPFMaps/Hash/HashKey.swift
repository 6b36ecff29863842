import CLinux
import Synchronization

/// A key on its way through a look-up, in the form that suits its size.
///
/// Stored keys are words, padded with zeros. A key comes from a program's stack, which compilers fill by 4-byte stores:
/// wider loads would wait for those, so it is loaded in halves.
///
/// Unsafe: a key is made from an address that is good for the map's key size and used only while that holds; stored keys
/// are aligned words of the map's storage, compared atomically, for their element may be reused meanwhile.
protocol HashKey {
  /// Loads the key at an address.
  @unsafe init(_ address: UnsafeRawPointer, byteCount: Int)
  /// 64 bits, of which all depend on every bit of the key.
  func hash(_ seeds: HashSeeds) -> UInt64
  /// Whether the stored key at an address is this one.
  @unsafe func matches(_ stored: UnsafeMutableRawPointer) -> Bool
  /// Bytes of a stored key.
  var paddedByteCount: Int { get }
  /// Stores the key, padded.
  @unsafe func store(to stored: UnsafeMutableRawPointer)
}

/// A key of 4 bytes, such as an IPv4 address.
@safe struct Key4: HashKey {
  private let word: UInt64
  @inline(__always) var paddedByteCount: Int { 8 }

  @inline(__always) init(_ address: UnsafeRawPointer, byteCount: Int) {
    word = UInt64(unsafe address.loadUnaligned(as: UInt32.self))
  }
  @inline(__always) func hash(_ seeds: HashSeeds) -> UInt64 { seeds.folded(word ^ seeds.first, seeds.second) }
  @inline(__always) func matches(_ stored: UnsafeMutableRawPointer) -> Bool {
    unsafe stored.word().pointee.load(ordering: .relaxed) == word
  }
  func store(to stored: UnsafeMutableRawPointer) {
    unsafe stored.word().pointee.store(word, ordering: .relaxed)
  }
}

/// A key of 8 bytes.
@safe struct Key8: HashKey {
  private let word: UInt64
  @inline(__always) var paddedByteCount: Int { 8 }

  @inline(__always) init(_ address: UnsafeRawPointer, byteCount: Int) {
    word = unsafe clinux_load_halves(address)
  }
  @inline(__always) func hash(_ seeds: HashSeeds) -> UInt64 { seeds.folded(word ^ seeds.first, seeds.second) }
  @inline(__always) func matches(_ stored: UnsafeMutableRawPointer) -> Bool {
    unsafe stored.word().pointee.load(ordering: .relaxed) == word
  }
  func store(to stored: UnsafeMutableRawPointer) {
    unsafe stored.word().pointee.store(word, ordering: .relaxed)
  }
}

/// A key of 16 bytes, such as an IPv6 address.
@safe struct Key16: HashKey {
  private let low: UInt64
  private let high: UInt64
  @inline(__always) var paddedByteCount: Int { 16 }

  @inline(__always) init(_ address: UnsafeRawPointer, byteCount: Int) {
    low = unsafe clinux_load_halves(address)
    high = unsafe clinux_load_halves(address + 8)
  }
  @inline(__always) func hash(_ seeds: HashSeeds) -> UInt64 {
    seeds.folded(low ^ seeds.first, high ^ seeds.second)
  }
  @inline(__always) func matches(_ stored: UnsafeMutableRawPointer) -> Bool {
    let storedLow = unsafe stored.word(0).pointee.load(ordering: .relaxed)
    let storedHigh = unsafe stored.word(8).pointee.load(ordering: .relaxed)
    return (storedLow ^ low) | (storedHigh ^ high) == 0
  }
  func store(to stored: UnsafeMutableRawPointer) {
    unsafe stored.word(0).pointee.store(low, ordering: .relaxed)
    unsafe stored.word(8).pointee.store(high, ordering: .relaxed)
  }
}

/// A key of any other size, read where it is.
@safe struct KeyBytes: HashKey {
  @unsafe private let address: UnsafeRawPointer
  /// The bytes in whole words.
  private let wholeByteCount: Int
  /// What is behind them, padded with zeros.
  private let tail: UInt64
  private let hasTail: Bool
  @inline(__always) var paddedByteCount: Int { wholeByteCount &+ (hasTail ? 8 : 0) }

  @inline(__always) init(_ address: UnsafeRawPointer, byteCount: Int) {
    unsafe self.address = address
    wholeByteCount = byteCount & ~7
    hasTail = byteCount & 7 != 0
    var tail: UInt64 = 0, position = wholeByteCount
    if byteCount & 4 != 0 {
      tail = UInt64(unsafe address.loadUnaligned(fromByteOffset: position, as: UInt32.self))
      position &+= 4
    }
    while position < byteCount {
      let byte = unsafe address.load(fromByteOffset: position, as: UInt8.self)
      tail |= UInt64(byte) &<< UInt64((position & 7) &* 8)
      position &+= 1
    }
    self.tail = tail
  }

  @inline(__always) func hash(_ seeds: HashSeeds) -> UInt64 {
    var hash = seeds.first, offset = 0
    while offset &+ 16 <= wholeByteCount {
      hash = seeds.folded(word(offset) ^ hash, word(offset &+ 8) ^ seeds.second)
      offset &+= 16
    }
    if offset < wholeByteCount { hash = seeds.folded(word(offset) ^ hash, seeds.second) }
    return hasTail ? seeds.folded(tail ^ hash, seeds.second) : hash
  }

  @inline(__always) func matches(_ stored: UnsafeMutableRawPointer) -> Bool {
    var offset = 0
    while offset < wholeByteCount {
      if unsafe stored.word(offset).pointee.load(ordering: .relaxed) != word(offset) { return false }
      offset &+= 8
    }
    return unsafe !hasTail || stored.word(offset).pointee.load(ordering: .relaxed) == tail
  }

  func store(to stored: UnsafeMutableRawPointer) {
    for offset in stride(from: 0, to: wholeByteCount, by: 8) {
      unsafe stored.word(offset).pointee.store(word(offset), ordering: .relaxed)
    }
    if hasTail { unsafe stored.word(wholeByteCount).pointee.store(tail, ordering: .relaxed) }
  }

  @inline(__always) private func word(_ offset: Int) -> UInt64 {
    unsafe clinux_load_halves(address + offset)
  }
}
