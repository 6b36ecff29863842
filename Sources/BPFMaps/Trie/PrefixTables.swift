import Synchronization

/// Tables that a trie's look-ups go through, a byte of the key each.
///
/// A table belongs to the subtrie below a node and stands for one byte of the data, the first that the node does not fix
/// whole; table 0 belongs to the whole trie and its first byte. An entry is one word: the node of the longest prefix that ends
/// within this byte, and where to go on (`Step`); 0 is neither.
///
/// Unsafe: table `n` is at `base + n * byteCount` for every `n` below the number of tables and stays mapped; entries are
/// aligned words, stored by the map's writers and read by anyone.
@safe struct PrefixTables {
  /// Entries of a table.
  static let entryCount = 256
  /// Bytes of a table.
  static let byteCount = 8 * entryCount
  /// The most tables: what a node's kind has room for.
  static let limit = 1 << 16

  private let base: UnsafeMutableRawPointer

  init(base: UnsafeMutableRawPointer) { unsafe self.base = base }

  /// How many tables a trie of so many entries may have; where it has them all, look-ups go bit by bit from there.
  ///
  /// Every table has some prefixes of its own, so that this is enough for all but hostile ones.
  static func count(for entries: Int) -> Int { min(limit, 4 + entries / 4) }

  /// What follows an entry: a table, for the next byte, or a node.
  struct Step {
    private static var tableMark: UInt32 { 1 << 31 }
    let word: UInt32

    /// Nowhere.
    static var end: Step { Step(word: 0) }
    static func table(_ number: UInt32) -> Step { Step(word: number | tableMark) }
    static func node(_ number: UInt32) -> Step { Step(word: number) }

    @inline(__always) var isEnd: Bool { word == 0 }
    @inline(__always) var isTable: Bool { word & Self.tableMark != 0 }
    /// The table's or the node's number.
    @inline(__always) var number: UInt32 { word & ~Self.tableMark }
  }

  /// What stands in a table under one byte.
  struct Entry {
    let word: UInt64

    init(best: UInt32, step: Step) { word = UInt64(best) | UInt64(step.word) << 32 }
    @inline(__always) fileprivate init(word: UInt64) { self.word = word }

    /// The node of the longest prefix that ends here, or 0.
    @inline(__always) var best: UInt32 { UInt32(truncatingIfNeeded: word) }
    /// Where to go on.
    @inline(__always) var step: Step { Step(word: UInt32(truncatingIfNeeded: word >> 32)) }
  }

  @inline(__always) private func place(_ table: UInt32, _ byte: Int) -> UnsafePointer<Atomic<UInt64>> {
    unsafe base.word(Int(table) &* Self.byteCount &+ byte &* 8)
  }

  /// The entry of a byte.
  @inline(__always) func entry(_ table: UInt32, _ byte: Int) -> Entry {
    unsafe Entry(word: place(table, byte).pointee.load(ordering: .acquiring))
  }

  /// Puts the same entry under all bytes of a range.
  func store(_ entry: Entry, _ table: UInt32, _ bytes: ClosedRange<Int>) {
    for byte in bytes { unsafe place(table, byte).pointee.store(entry.word, ordering: .releasing) }
  }
}
