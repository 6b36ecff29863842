import Synchronization

extension UnsafeRawPointer {
  /// Calls a body with a copy of the bytes here, which nobody changes meanwhile: a program's key may lie in memory that
  /// other workers write.
  @inline(__always) @unsafe func withCopy<Result>(
    byteCount: Int,
    _ body: (UnsafeRawPointer) -> Result
  ) -> Result {
    unsafe withUnsafeTemporaryAllocation(byteCount: (byteCount &+ 7) & ~7, alignment: 8) { copy in
      let start = unsafe copy.baseAddress.unsafelyUnwrapped
      var offset = 0
      while UInt(bitPattern: self) & 3 == 0, offset &+ 4 <= byteCount {
        let half = unsafe (self + offset).assumingMemoryBound(to: Atomic<UInt32>.self)
        unsafe start.storeBytes(
          of: half.pointee.load(ordering: .relaxed),
          toByteOffset: offset,
          as: UInt32.self
        )
        offset &+= 4
      }
      while offset < byteCount {
        let byte = unsafe (self + offset).assumingMemoryBound(to: Atomic<UInt8>.self)
        unsafe start.storeBytes(
          of: byte.pointee.load(ordering: .relaxed),
          toByteOffset: offset,
          as: UInt8.self
        )
        offset &+= 1
      }
      return unsafe body(UnsafeRawPointer(start))
    }
  }
}

/// Atomic access to the memory of a map.
///
/// Memory that several threads use is only ever reached through these: aligned, whole words, so that none tears. The
/// caller vouches for the address being mapped and, for words and halves, aligned to its size.
extension UnsafeMutableRawPointer {
  /// The 8-byte word at a byte offset.
  @inline(__always) @unsafe func word(_ offset: Int = 0) -> UnsafePointer<Atomic<UInt64>> {
    unsafe UnsafePointer((self + offset).assumingMemoryBound(to: Atomic<UInt64>.self))
  }

  /// The 4-byte word at a byte offset.
  @inline(__always) @unsafe func half(_ offset: Int = 0) -> UnsafePointer<Atomic<UInt32>> {
    unsafe UnsafePointer((self + offset).assumingMemoryBound(to: Atomic<UInt32>.self))
  }

  /// Copies bytes from anywhere to this word-aligned place, word by word.
  @unsafe func storeWords(from source: UnsafeRawPointer, byteCount: Int) {
    var offset = 0
    while offset &+ 8 <= byteCount {
      unsafe word(offset).pointee.store(
        source.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
        ordering: .relaxed
      )
      offset &+= 8
    }
    if byteCount & 4 != 0 {
      unsafe half(offset).pointee.store(
        source.loadUnaligned(fromByteOffset: offset, as: UInt32.self),
        ordering: .relaxed
      )
      offset &+= 4
    }
    while offset < byteCount {
      let byte = unsafe (self + offset).assumingMemoryBound(to: Atomic<UInt8>.self)
      unsafe byte.pointee.store(source.load(fromByteOffset: offset, as: UInt8.self), ordering: .relaxed)
      offset &+= 1
    }
  }

  /// Copies bytes from this word-aligned place to anywhere, word by word.
  @unsafe func loadWords(to destination: UnsafeMutableRawPointer, byteCount: Int) {
    var offset = 0
    while offset &+ 8 <= byteCount {
      let value = unsafe word(offset).pointee.load(ordering: .relaxed)
      unsafe destination.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
      offset &+= 8
    }
    if byteCount & 4 != 0 {
      let value = unsafe half(offset).pointee.load(ordering: .relaxed)
      unsafe destination.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
      offset &+= 4
    }
    while offset < byteCount {
      let byte = unsafe (self + offset).assumingMemoryBound(to: Atomic<UInt8>.self)
      unsafe destination.storeBytes(
        of: byte.pointee.load(ordering: .relaxed),
        toByteOffset: offset,
        as: UInt8.self
      )
      offset &+= 1
    }
  }

  /// Fills this word-aligned place with zero words; `byteCount` is a multiple of 8.
  @unsafe func storeZeroWords(byteCount: Int) {
    var offset = 0
    while offset < byteCount {
      unsafe word(offset).pointee.store(0, ordering: .relaxed)
      offset &+= 8
    }
  }
}
