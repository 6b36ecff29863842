// Keeps a trie's tables up to date, under the map's lock.

/// Unsafe: as in `PrefixTrie`; only what a node's kind names is taken for its table.
extension PrefixTrie {
  /// From how many nodes on a subtrie has a table, and below how many it loses it.
  private static var worthTable: Int { 8 }
  private static var tooSmallForTable: Int { 4 }
  /// How many tables are made one in another at most; those below come with later changes.
  private static var depthLimit: Int { 8 }

  /// One table and what it is for.
  struct Table {
    var number: UInt32
    /// Which byte of the data it stands for.
    var byte: Int
    /// How many tables were made around it in the same step.
    var depth = 0
    /// Whether it is the whole trie's.
    var isFirst: Bool { number == 0 }
    /// How many bits come before the byte.
    var start: UInt32 { UInt32(byte * 8) }
  }

  /// Brings all tables up to date after a prefix came, changed or went.
  ///
  /// That touches the tables of the nodes on the way to it: in each the entry of its byte, and in the one within whose
  /// byte it ends all that it covers.
  func updateTables<Key: PrefixKey>(for key: Key, _ length: UInt32, _ writer: inout Writer) {
    update(Table(number: 0, byte: 0), below: root, key, length, &writer)
    var node = root
    while node != 0 {
      let kind = kind(node)
      guard kind.length <= length, unsafe key.commonBits(data(node), limit: kind.length) == kind.length
      else { return }
      if kind.table != 0 {
        update(Table(number: kind.table, byte: Int(kind.length / 8)), below: node, key, length, &writer)
      }
      if kind.length == length { return }
      node = child(node, key.bit(kind.length))
    }
  }

  private func update<Key: PrefixKey>(
    _ table: Table,
    below node: UInt32,
    _ key: Key,
    _ length: UInt32,
    _ writer: inout Writer
  ) {
    if length <= table.start {
      // A prefix that ends before the byte is found before the table is.
      if table.isFirst { fill(table, 0...255, node, best: 0, within: 0...255, &writer) }
      return
    }
    let byte = key.byte(table.byte), open = max(0, Int(table.start) + 8 - Int(length))
    let first = (byte >> open) << open
    fill(table, first...(first + (1 << open) - 1), node, best: 0, within: 0...255, &writer)
  }

  /// Makes the entries of a range from the nodes at and below one, which is all there is for the bytes `within`.
  private func fill(
    _ table: Table,
    _ range: ClosedRange<Int>,
    _ node: UInt32,
    best: UInt32,
    within: ClosedRange<Int>,
    _ writer: inout Writer
  ) {
    guard range.overlaps(within) else { return }
    let range = range.clamped(to: within), nothing = PrefixTables.Entry(best: best, step: .end)
    guard node != 0 else { return tables.store(nothing, table.number, range) }
    let kind = kind(node), end = table.start + 8
    let open = Int(max(end, kind.length) - max(table.start, kind.length))
    let first = (byte(of: node, table.byte) >> open) << open
    let covered = first...(first + (1 << open) - 1)
    if range.lowerBound < first {
      tables.store(nothing, table.number, range.lowerBound...min(range.upperBound, first - 1))
    }
    if range.upperBound > covered.upperBound {
      tables.store(nothing, table.number, max(range.lowerBound, covered.upperBound + 1)...range.upperBound)
    }
    guard range.overlaps(covered) else { return }
    if kind.length >= end {
      let longest = kind.length == end && !kind.isBranch ? node : best
      let step = step(to: node, from: table, &writer)
      tables.store(PrefixTables.Entry(best: longest, step: step), table.number, covered)
      return
    }
    if kind.table != 0, kind.table != table.number {
      // The table of a node above has taken over this byte.
      setTable(0, of: node, &writer)
    }
    let isOwn = !kind.isBranch && (table.isFirst || kind.length > table.start)
    let longest = isOwn ? node : best, middle = first + (1 << (open - 1))
    fill(table, range, child(node, 0), best: longest, within: first...(middle - 1), &writer)
    fill(table, range, child(node, 1), best: longest, within: middle...covered.upperBound, &writer)
  }

  /// How a table leads to a node that ends with or behind its byte, which gets or loses a table of its own here.
  private func step(to node: UInt32, from table: Table, _ writer: inout Writer) -> PrefixTables.Step {
    let size = size(of: node, limit: Self.worthTable), kind = kind(node)
    let byte = Int(kind.length / 8)
    if kind.table == 0, size >= Self.worthTable, table.depth < Self.depthLimit,
      let number = writer.tables.takeIfAny()
    {
      let made = Table(number: UInt32(number), byte: byte, depth: table.depth + 1)
      fill(made, 0...255, node, best: 0, within: 0...255, &writer)
      setTable(made.number, of: node, &writer)
    } else if kind.table != 0, size < Self.tooSmallForTable {
      setTable(0, of: node, &writer)
    }
    if size == 1, kind.length == table.start + 8 { return .end }
    let number = self.kind(node).table
    return number != 0 && byte == table.byte + 1 ? .table(number) : .node(node)
  }

  /// How many nodes there are at and below one, `limit` at most.
  private func size(of node: UInt32, limit: Int) -> Int {
    guard node != 0, limit > 0 else { return 0 }
    let left = 1 + size(of: child(node, 0), limit: limit - 1)
    return left + size(of: child(node, 1), limit: limit - left)
  }
}
