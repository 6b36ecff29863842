import Synchronization

// Looks for the longest prefix, without a lock.

/// Unsafe: as in `PrefixTrie`; keys are good for a prefix length and the trie's data.
extension PrefixTrie {
  /// The node of the longest prefix that a key begins with, no longer than the key's own length; 0 if there is none.
  @inline(__always) func longestMatch(_ key: UnsafeRawPointer) -> UInt32 {
    switch dataByteCount {
    case ...8: unsafe longestMatch(key) { unsafe ShortPrefix($0, byteCount: dataByteCount) }
    case ...16: unsafe longestMatch(key) { unsafe WidePrefix($0, byteCount: dataByteCount) }
    default: unsafe longestMatch(key) { unsafe LongPrefix($0, byteCount: dataByteCount) }
    }
  }

  /// The same for data of 4 bytes.
  @inline(__always) func longestMatch(ipv4 key: UnsafeRawPointer) -> UInt32 {
    unsafe longestMatch(key) { unsafe ShortPrefix($0, byteCount: 4) }
  }

  /// The same for data of 16 bytes.
  @inline(__always) func longestMatch(ipv6 key: UnsafeRawPointer) -> UInt32 {
    unsafe longestMatch(key) { unsafe WidePrefix($0, byteCount: 16) }
  }

  @inline(__always) private func longestMatch<Key: PrefixKey>(
    _ address: UnsafeRawPointer,
    _ make: (UnsafeRawPointer) -> Key
  ) -> UInt32 {
    let length = unsafe address.loadUnaligned(as: UInt32.self)
    let key = unsafe make(address + 4)
    if length >= maxLength {
      guard length == maxLength else { return 0 }
      while true {
        let version = unsafe self.version.pointee.load(ordering: .acquiring)
        let found = longestMatch(key)
        atomicMemoryFence(ordering: .acquiring)
        if unsafe self.version.pointee.load(ordering: .relaxed) == version { return found }
      }
    }
    return longestMatch(key, upTo: length)
  }

  /// The longest prefix of a key of full length, on condition that the version stays.
  @inline(__always) private func longestMatch<Key: PrefixKey>(_ key: Key) -> UInt32 {
    var best: UInt32 = 0, table: UInt32 = 0, byte = 0, reached = -1
    while true {
      // From table to table, a byte each.
      let entry = tables.entry(table, key.byte(byte))
      if entry.best != 0 { best = entry.best }
      let step = entry.step
      if step.isTable {
        table = step.number
        byte &+= 1
        guard byte < dataByteCount else { return best }
        continue
      }
      // From node to node, as long as each is longer than the one before.
      var node = step.number
      while true {
        if node == 0 { return best }
        let kind = kind(node)
        guard Int(kind.length) > reached, unsafe key.begins(with: data(node), kind.length) else {
          return best
        }
        if !kind.isBranch { best = node }
        guard kind.length < maxLength else { return best }
        reached = Int(kind.length)
        if kind.table != 0 {
          table = kind.table
          byte = reached >> 3
          break
        }
        node = child(node, key.bit(kind.length))
      }
    }
  }

  /// The longest prefix of a key that is itself one, bit by bit.
  @inline(never) private func longestMatch<Key: PrefixKey>(_ key: Key, upTo length: UInt32) -> UInt32 {
    while true {
      let version = unsafe self.version.pointee.load(ordering: .acquiring)
      var node = root, found: UInt32 = 0, reached = -1
      while node != 0 {
        let kind = kind(node)
        guard Int(kind.length) > reached, kind.length <= length else { break }
        if unsafe !key.begins(with: data(node), kind.length) { break }
        if !kind.isBranch { found = node }
        if kind.length == length { break }
        reached = Int(kind.length)
        node = child(node, key.bit(kind.length))
      }
      atomicMemoryFence(ordering: .acquiring)
      if unsafe self.version.pointee.load(ordering: .relaxed) == version { return found }
    }
  }
}

extension PrefixKey {
  /// Whether the first bits are those of stored data.
  @inline(__always) fileprivate func begins(with stored: UnsafeMutableRawPointer, _ length: UInt32) -> Bool {
    unsafe commonBits(stored, limit: length) >= length
  }
}
