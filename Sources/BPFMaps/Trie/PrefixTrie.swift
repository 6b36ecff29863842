import BPF
import Synchronization

/// A binary trie without one-way branches: a node for every prefix, and one where two of them part.
///
/// A node's children are longer prefixes that begin with its own and go on with a 0 or a 1. Nodes are named by number
/// and lie in a slab; number 0 is no node. A node is filled, then published by storing its number where its
/// parent (or the root) keeps it; only its children and whether it carries a value change afterwards.
///
/// Readers take no lock. What one found is good if the trie's version is still what it was: the version changes whenever a
/// node was taken out, and only after that is the node reused. Else the reader starts again. It never
/// gets lost meanwhile: node numbers are always good, and it turns back where a child is no longer than its parent.
///
/// Unsafe: node `n` is at `nodes + n * stride` and stays mapped: children (4 bytes each), prefix length and kind (one
/// word), data in words, value. `header` has the root's number and, a cache line further, the version.
@safe struct PrefixTrie {
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

  private let nodes: UnsafeMutableRawPointer
  private let header: UnsafeMutableRawPointer

  /// What only writers see.
  struct Writer {
    fileprivate var pool: ElementPool
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
    return { storage in
      let base = unsafe storage.base
      let trie = unsafe PrefixTrie(
        maxLength: UInt32(dataByteCount * 8),
        dataByteCount: dataByteCount,
        valueOffset: valueOffset,
        stride: stride,
        capacity: definition.maxEntries,
        nodes: base + nodes,
        header: base + header
      )
      var pool = unsafe ElementPool(links: base + links, capacity: nodeCount, reserve: spareCount)
      _ = pool.take()
      return (trie, Writer(pool: pool))
    }
  }

  // MARK: Nodes

  /// What never changes about a node, and whether it carries a value.
  fileprivate struct Kind {
    var length: UInt32
    var isBranch: Bool

    init(length: UInt32, isBranch: Bool) {
      self.length = length
      self.isBranch = isBranch
    }
    init(word: UInt64) {
      length = UInt32(truncatingIfNeeded: word)
      isBranch = word >> 32 != 0
    }
    var word: UInt64 { UInt64(length) | (isBranch ? 1 << 32 : 0) }
  }

  @inline(__always) private func address(_ node: UInt32) -> UnsafeMutableRawPointer {
    unsafe nodes + Int(node) &* stride
  }
  @inline(__always) private func data(_ node: UInt32) -> UnsafeMutableRawPointer { unsafe address(node) + 16 }
  @inline(__always) private func kind(_ node: UInt32) -> Kind {
    unsafe Kind(word: address(node).word(8).pointee.load(ordering: .relaxed))
  }
  @inline(__always) private func child(_ node: UInt32, _ side: Int) -> UInt32 {
    unsafe address(node).half(side &* 4).pointee.load(ordering: .acquiring)
  }
  private var root: UInt32 { unsafe header.half().pointee.load(ordering: .acquiring) }

  /// The address of a node's value.
  @inline(__always) func value(_ node: UInt32) -> UnsafeMutableRawPointer {
    unsafe address(node) + valueOffset
  }

  // MARK: Reading

  /// The node of the longest prefix that a key begins with, no longer than the key's own length; nil if there is none.
  @inline(__always) func longestMatch(_ key: UnsafeRawPointer) -> UInt32? {
    let length = unsafe key.loadUnaligned(as: UInt32.self), data = unsafe key + 4
    guard length <= maxLength else { return nil }
    return switch dataByteCount {
    case ...8: unsafe longestMatch(ShortPrefix(data, byteCount: dataByteCount), length)
    case ...16: unsafe longestMatch(WidePrefix(data, byteCount: dataByteCount), length)
    default: unsafe longestMatch(LongPrefix(data, byteCount: dataByteCount), length)
    }
  }

  @inline(__always) private func longestMatch<Key: PrefixKey>(_ key: Key, _ length: UInt32) -> UInt32? {
    while true {
      let version = unsafe self.version.pointee.load(ordering: .acquiring)
      var node = root, found: UInt32 = 0, reached = -1
      while node != 0 {
        let kind = kind(node)
        guard Int(kind.length) > reached, kind.length <= length else { break }
        if unsafe key.commonBits(data(node), limit: kind.length) < kind.length { break }
        if !kind.isBranch { found = node }
        if kind.length == length { break }
        reached = Int(kind.length)
        node = child(node, key.bit(kind.length))
      }
      atomicMemoryFence(ordering: .acquiring)
      if unsafe self.version.pointee.load(ordering: .relaxed) == version { return found == 0 ? nil : found }
    }
  }

  private var version: UnsafePointer<Atomic<UInt64>> { unsafe header.word(Self.versionOffset) }

  // MARK: Writing, under the map's lock

  /// A place that holds a node's number: the root, or a side of a node.
  private typealias Link = UnsafePointer<Atomic<UInt32>>

  private var rootLink: Link { unsafe header.half() }
  private func link(_ node: UInt32, _ side: Int) -> Link { unsafe address(node).half(side * 4) }

  /// The way to where a prefix is or would be.
  @safe private struct Path {
    /// The links that were followed, the last one to `node`.
    var links: [Link]
    /// The node that is the prefix, parts from it, or is longer; 0 at the end of a branch.
    var node: UInt32
    /// How many bits the prefix and the node share.
    var common: UInt32
  }

  private func path<Key: PrefixKey>(to key: Key, _ length: UInt32) -> Path {
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
    if isPlace && !kind(old).isBranch {
      if mode == .create { return LinuxErrno.exists.answer }
    } else {
      if mode == .replace { return LinuxErrno.noEntry.answer }
      guard writer.count < capacity else { return LinuxErrno.noSpace.answer }
      writer.count += 1
    }

    let new = makeNode(key, Kind(length: length, isBranch: false), &writer)
    unsafe write(value(new))
    let place = unsafe path.links[path.links.count - 1]
    if isPlace {
      adopt(new, child(old, 0), child(old, 1))
      unsafe publish(new, at: place)
      retire(old, &writer)
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
    return 0
  }

  /// Removes a prefix.
  func remove(_ key: UnsafeRawPointer, _ writer: inout Writer) -> Int32 {
    let length = unsafe key.loadUnaligned(as: UInt32.self)
    guard length <= maxLength else { return LinuxErrno.invalid.answer }
    let path = unsafe path(to: LongPrefix(key + 4, byteCount: dataByteCount), length), node = path.node
    guard node != 0, kind(node) == Kind(length: length, isBranch: false),
      path.common == length
    else { return LinuxErrno.noEntry.answer }
    writer.count -= 1

    let children = (child(node, 0), child(node, 1))
    let place = unsafe path.links[path.links.count - 1]
    if children.0 != 0, children.1 != 0 {
      let branch = Kind(length: length, isBranch: true)
      unsafe address(node).word(8).pointee.store(branch.word, ordering: .releasing)
    } else if children.0 != 0 || children.1 != 0 {
      unsafe publish(children.0 | children.1, at: place)
      retire(node, &writer)
    } else {
      removeLeaf(node, path, &writer)
    }
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

  /// Gives back a node that no link leads to any more.
  private func retire(_ node: UInt32, _ writer: inout Writer) {
    let next = unsafe version.pointee.load(ordering: .relaxed) &+ 1
    unsafe version.pointee.store(next, ordering: .releasing)
    atomicMemoryFence(ordering: .releasing)
    writer.pool.give(Int(node))
  }

  /// The bit of a node's data at a position.
  private func bit(of node: UInt32, _ position: UInt32) -> Int {
    let word = unsafe data(node).word(Int(position / 64) * 8).pointee.load(ordering: .relaxed)
    return Int((word << UInt64(position % 64)) >> 63)
  }

  // MARK: Order, under the map's lock

  /// Copies the key after this one: longer prefixes before the shorter ones that they begin with.
  func findKey(after key: UnsafeRawPointer?, into next: UnsafeMutableRawPointer) -> Int32 {
    guard root != 0 else { return LinuxErrno.noEntry.answer }
    var node = first(below: root)
    if let key = unsafe key, let exact = unsafe exactPath(to: key) {
      guard let after = following(exact) else { return LinuxErrno.noEntry.answer }
      node = after
    }
    unsafe copyKey(node, to: next)
    return 0
  }

  /// The way to a prefix that is there, nil if it is not.
  private func exactPath(to key: UnsafeRawPointer) -> Path? {
    let length = unsafe key.loadUnaligned(as: UInt32.self)
    guard length <= maxLength else { return nil }
    let path = unsafe path(to: LongPrefix(key + 4, byteCount: dataByteCount), length)
    guard path.node != 0, path.common == length,
      kind(path.node) == Kind(length: length, isBranch: false)
    else { return nil }
    return path
  }

  /// The first prefix at or below a node: as far to the left as there are nodes.
  private func first(below node: UInt32) -> UInt32 {
    var node = node
    while true {
      let left = child(node, 0), next = left != 0 ? left : child(node, 1)
      if next == 0 { return node }
      node = next
    }
  }

  /// The prefix after the one that a path leads to.
  private func following(_ path: Path) -> UInt32? {
    var node = path.node
    for index in unsafe (0..<path.links.count - 1).reversed() {
      let parent = unsafe path.links[index].pointee.load(ordering: .relaxed)
      let right = child(parent, 1)
      if child(parent, 0) == node, right != 0 { return first(below: right) }
      if !kind(parent).isBranch { return parent }
      node = parent
    }
    return nil
  }

  private func copyKey(_ node: UInt32, to key: UnsafeMutableRawPointer) {
    unsafe key.storeBytes(of: kind(node).length, as: UInt32.self)
    for offset in 0..<dataByteCount {
      let word = unsafe data(node).word(offset & ~7).pointee.load(ordering: .relaxed)
      let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - (offset & 7) * 8))
      unsafe key.storeBytes(of: byte, toByteOffset: 4 + offset, as: UInt8.self)
    }
  }
}

extension PrefixTrie.Kind: Equatable {}
