import BPF
import Synchronization

/// A binary trie without one-way branches: a node for every prefix, and one where two of them part.
///
/// A node's children are longer prefixes that begin with its own and go on with a 0 or a 1. Nodes are named by number
/// and lie in a slab; number 0 is no node. A node is filled, then published by storing its number where its
/// parent (or the root) keeps it; only its children and whether it carries a value change afterwards.
///
/// Readers go through `PrefixTables` where there are many nodes, and from node to node where there are few. They take no
/// lock. What one found is good if the trie's version is still what it was: the version changes whenever nodes or tables
/// were taken out, and only after that are they reused. Else the reader starts again. It never gets lost meanwhile:
/// numbers of nodes and tables are always good, and it turns back where a node is no longer than the one before.
///
/// Unsafe: node `n` is at `nodes + n * stride` and stays mapped: children (4 bytes each), prefix length, kind and table (one
/// word), data in words, value. `header` has the root's number and, a cache line further, the version.
@safe final class PrefixTrie: @unchecked Sendable {
  /// How many leading bits a prefix can have.
  let maxLength: UInt32
  /// The bytes of a prefix's data.
  let dataByteCount: Int
  /// From a node to its value, in bytes.
  let valueOffset: Int
  /// From one node to the next, in bytes.
  let stride: Int
  /// The most prefixes at one time.
  let capacity: Int

  /// What look-ups go through.
  let tables: PrefixTables
  private let nodes: UnsafeMutableRawPointer
  private let header: UnsafeMutableRawPointer

  private init(
    dataByteCount: Int,
    valueOffset: Int,
    stride: Int,
    capacity: Int,
    tables: PrefixTables,
    nodes: UnsafeMutableRawPointer,
    header: UnsafeMutableRawPointer
  ) {
    maxLength = UInt32(dataByteCount * 8)
    self.dataByteCount = dataByteCount
    self.valueOffset = valueOffset
    self.stride = stride
    self.capacity = capacity
    self.tables = tables
    unsafe self.nodes = nodes
    unsafe self.header = header
  }

  /// What only writers see.
  struct Writer {
    fileprivate var pool: ElementPool
    /// Tables that nobody uses.
    var tables: ElementPool
    /// What is given back when the change at hand is done.
    fileprivate var retiredNodes: [UInt32] = [], retiredTables: [UInt32] = []
    /// How many prefixes there are.
    fileprivate(set) var count = 0
  }

  /// How many nodes are kept beyond what a full trie needs.
  private static let spareCount = 16
  private static let versionOffset = 64

  /// Adds a trie's parts to a layout and returns what makes it, once there is storage.
  static func plan(
    _ definition: MapDefinition,
    in layout: inout StorageLayout
  ) -> (MapStorage) -> (PrefixTrie, Writer) {
    let dataByteCount = definition.keySize - 4
    let valueOffset = 16 + StorageLayout.words(dataByteCount)
    let stride = valueOffset + StorageLayout.words(definition.valueSize)
    // Node 0 is none; a full trie has a branch for every prefix but one.
    let nodeCount = 2 * definition.maxEntries + spareCount + 1
    let header = layout.append(versionOffset + 8)
    let nodes = layout.append(nodeCount, of: stride)
    let links = layout.append(nodeCount, of: 4)
    let tableCount = PrefixTables.count(for: definition.maxEntries)
    let tables = layout.append(tableCount, of: PrefixTables.byteCount)
    let tableLinks = layout.append(tableCount, of: 4)
    return { storage in
      let base = unsafe storage.base
      let trie = unsafe PrefixTrie(
        dataByteCount: dataByteCount,
        valueOffset: valueOffset,
        stride: stride,
        capacity: definition.maxEntries,
        tables: PrefixTables(base: base + tables),
        nodes: base + nodes,
        header: base + header
      )
      var pool = unsafe ElementPool(links: base + links, capacity: nodeCount, reserve: spareCount)
      _ = pool.take()
      var tables = unsafe ElementPool(links: base + tableLinks, capacity: tableCount, reserve: 0)
      _ = tables.take()
      return (trie, Writer(pool: pool, tables: tables))
    }
  }

  // MARK: Nodes

  /// What a node is: its prefix's length, whether it carries no value, and the table below it, 0 for none.
  struct Kind {
    var length: UInt32
    var isBranch: Bool
    var table: UInt32

    init(length: UInt32, isBranch: Bool, table: UInt32 = 0) {
      self.length = length
      self.isBranch = isBranch
      self.table = table
    }
    @inline(__always) init(word: UInt64) {
      length = UInt32(truncatingIfNeeded: word)
      isBranch = word & 1 << 32 != 0
      table = UInt32(truncatingIfNeeded: word >> 33)
    }
    var word: UInt64 { UInt64(length) | (isBranch ? 1 << 32 : 0) | UInt64(table) << 33 }
  }

  @inline(__always) private func address(_ node: UInt32) -> UnsafeMutableRawPointer {
    unsafe nodes + Int(node) &* stride
  }
  @inline(__always) func data(_ node: UInt32) -> UnsafeMutableRawPointer { unsafe address(node) + 16 }
  @inline(__always) func kind(_ node: UInt32) -> Kind {
    unsafe Kind(word: address(node).word(8).pointee.load(ordering: .acquiring))
  }
  private func setKind(_ kind: Kind, of node: UInt32) {
    unsafe address(node).word(8).pointee.store(kind.word, ordering: .releasing)
  }
  @inline(__always) func child(_ node: UInt32, _ side: Int) -> UInt32 {
    unsafe address(node).half(side &* 4).pointee.load(ordering: .acquiring)
  }
  @inline(__always) var root: UInt32 { unsafe header.half().pointee.load(ordering: .acquiring) }

  /// The address of a node's value.
  @inline(__always) func value(_ node: UInt32) -> UnsafeMutableRawPointer {
    unsafe address(node) + valueOffset
  }

  /// What changes when something that a reader may have found is taken out.
  @inline(__always) var version: UnsafePointer<Atomic<UInt64>> { unsafe header.word(Self.versionOffset) }

  // MARK: Writing, under the map's lock

  /// A place that holds a node's number: the root, or a side of a node.
  typealias Link = UnsafePointer<Atomic<UInt32>>

  private var rootLink: Link { unsafe header.half() }
  private func link(_ node: UInt32, _ side: Int) -> Link { unsafe address(node).half(side * 4) }

  /// The way to where a prefix is or would be.
  @safe struct Path {
    /// The links that were followed, the last one to `node`.
    var links: [Link]
    /// The node that is the prefix, parts from it, or is longer; 0 at the end of a branch.
    var node: UInt32
    /// How many bits the prefix and the node share.
    var common: UInt32
  }

  func path<Key: PrefixKey>(to key: Key, _ length: UInt32) -> Path {
    var path = unsafe Path(links: [rootLink], node: root, common: 0)
    while path.node != 0 {
      let kind = kind(path.node)
      path.common = unsafe key.commonBits(data(path.node), limit: min(kind.length, length))
      if path.common != kind.length || kind.length == length { break }
      let side = key.bit(kind.length)
      unsafe path.links.append(link(path.node, side))
      path.node = child(path.node, side)
    }
    return path
  }

  /// Stores a value, which `write` puts at an address, under a prefix.
  func update(
    _ key: UnsafeRawPointer,
    _ mode: MapUpdateMode,
    _ writer: inout Writer,
    write: (UnsafeMutableRawPointer) -> Void
  ) -> Int32 {
    let length = unsafe key.loadUnaligned(as: UInt32.self), data = unsafe key + 4
    guard length <= maxLength else { return LinuxErrno.invalid.answer }
    return switch dataByteCount {
    case ...8: unsafe update(ShortPrefix(data, byteCount: dataByteCount), length, mode, &writer, write)
    case ...16: unsafe update(WidePrefix(data, byteCount: dataByteCount), length, mode, &writer, write)
    default:
      // Read more than once: on the way down and to be stored.
      unsafe data.withCopy(byteCount: dataByteCount) {
        unsafe update(LongPrefix($0, byteCount: dataByteCount), length, mode, &writer, write)
      }
    }
  }

  private func update<Key: PrefixKey>(
    _ key: Key,
    _ length: UInt32,
    _ mode: MapUpdateMode,
    _ writer: inout Writer,
    _ write: (UnsafeMutableRawPointer) -> Void
  ) -> Int32 {
    let path = path(to: key, length), old = path.node
    let isPlace = old != 0 && kind(old).length == length && path.common == length
    defer { finish(&writer) }
    if isPlace && !kind(old).isBranch {
      if mode == .create { return LinuxErrno.exists.answer }
    } else {
      if mode == .replace { return LinuxErrno.noEntry.answer }
      guard writer.count < capacity else { return LinuxErrno.noSpace.answer }
      writer.count += 1
    }

    // What takes a node's place has its table, too.
    let table = isPlace ? kind(old).table : 0
    let new = makeNode(key, Kind(length: length, isBranch: false, table: table), &writer)
    unsafe write(value(new))
    let place = unsafe path.links[path.links.count - 1]
    if isPlace {
      adopt(new, child(old, 0), child(old, 1))
      unsafe publish(new, at: place)
      writer.retiredNodes.append(old)
    } else if old == 0 {
      unsafe publish(new, at: place)
    } else if path.common == length {
      // The prefix is the beginning of the node's.
      let side = bit(of: old, length)
      adopt(new, side == 0 ? old : 0, side == 1 ? old : 0)
      unsafe publish(new, at: place)
    } else {
      let branch = makeNode(key, Kind(length: path.common, isBranch: true), &writer)
      let side = key.bit(path.common)
      adopt(branch, side == 0 ? new : old, side == 0 ? old : new)
      unsafe publish(branch, at: place)
    }
    updateTables(for: key, length, &writer)
    return 0
  }

  /// Removes a prefix.
  func remove(_ key: UnsafeRawPointer, _ writer: inout Writer) -> Int32 {
    let length = unsafe key.loadUnaligned(as: UInt32.self)
    guard length <= maxLength else { return LinuxErrno.invalid.answer }
    return unsafe (key + 4).withCopy(byteCount: dataByteCount) {
      unsafe remove(LongPrefix($0, byteCount: dataByteCount), length, &writer)
    }
  }

  private func remove(_ key: LongPrefix, _ length: UInt32, _ writer: inout Writer) -> Int32 {
    let path = path(to: key, length), node = path.node
    guard isPrefix(node, length), path.common == length else { return LinuxErrno.noEntry.answer }
    writer.count -= 1
    defer { finish(&writer) }

    let children = (child(node, 0), child(node, 1))
    let place = unsafe path.links[path.links.count - 1]
    if children.0 != 0, children.1 != 0 {
      setKind(Kind(length: length, isBranch: true, table: kind(node).table), of: node)
    } else if children.0 != 0 || children.1 != 0 {
      unsafe publish(children.0 | children.1, at: place)
      retire(node, &writer)
    } else {
      removeLeaf(node, path, &writer)
    }
    updateTables(for: key, length, &writer)
    return 0
  }

  /// Takes a leaf out, and with it the branch above, which would have one child left.
  private func removeLeaf(_ leaf: UInt32, _ path: Path, _ writer: inout Writer) {
    let place = unsafe path.links[path.links.count - 1]
    if unsafe path.links.count >= 2 {
      let above = unsafe path.links[path.links.count - 2]
      let parent = unsafe above.pointee.load(ordering: .relaxed)
      if kind(parent).isBranch {
        let sibling = child(parent, 0) == leaf ? child(parent, 1) : child(parent, 0)
        unsafe publish(sibling, at: above)
        retire(parent, &writer)
        retire(leaf, &writer)
        return
      }
    }
    unsafe publish(0, at: place)
    retire(leaf, &writer)
  }

  private func makeNode<Key: PrefixKey>(_ key: Key, _ kind: Kind, _ writer: inout Writer) -> UInt32 {
    let node = UInt32(writer.pool.take())
    unsafe address(node).word(0).pointee.store(0, ordering: .relaxed)
    unsafe address(node).word(8).pointee.store(kind.word, ordering: .relaxed)
    unsafe key.store(to: data(node))
    return node
  }

  private func adopt(_ node: UInt32, _ first: UInt32, _ second: UInt32) {
    unsafe link(node, 0).pointee.store(first, ordering: .releasing)
    unsafe link(node, 1).pointee.store(second, ordering: .releasing)
  }

  private func publish(_ node: UInt32, at link: Link) {
    unsafe link.pointee.store(node, ordering: .releasing)
  }

  /// Keeps a node that no link leads to any more until the change is done, and its table.
  private func retire(_ node: UInt32, _ writer: inout Writer) {
    if kind(node).table != 0 { writer.retiredTables.append(kind(node).table) }
    writer.retiredNodes.append(node)
  }

  /// Gives a node another table, 0 for none, and keeps the old one until the change is done.
  func setTable(_ table: UInt32, of node: UInt32, _ writer: inout Writer) {
    var kind = kind(node)
    if kind.table != 0 { writer.retiredTables.append(kind.table) }
    kind.table = table
    setKind(kind, of: node)
  }

  /// Gives back what nothing leads to any more: from now on, readers that may have found it look again.
  private func finish(_ writer: inout Writer) {
    guard !writer.retiredNodes.isEmpty || !writer.retiredTables.isEmpty else { return }
    let next = unsafe version.pointee.load(ordering: .relaxed) &+ 1
    unsafe version.pointee.store(next, ordering: .releasing)
    atomicMemoryFence(ordering: .releasing)
    for node in writer.retiredNodes { writer.pool.give(Int(node)) }
    for table in writer.retiredTables { writer.tables.give(Int(table)) }
    writer.retiredNodes.removeAll(keepingCapacity: true)
    writer.retiredTables.removeAll(keepingCapacity: true)
  }

  /// A byte of a node's data.
  func byte(of node: UInt32, _ position: Int) -> Int {
    let word = unsafe data(node).word(position & ~7).pointee.load(ordering: .relaxed)
    return Int(truncatingIfNeeded: (word << UInt64((position & 7) * 8)) >> 56)
  }

  /// The bit of a node's data at a position.
  private func bit(of node: UInt32, _ position: UInt32) -> Int {
    let word = unsafe data(node).word(Int(position / 64) * 8).pointee.load(ordering: .relaxed)
    return Int((word << UInt64(position % 64)) >> 63)
  }
}
