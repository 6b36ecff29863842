import BPF
import Synchronization

// The order of a trie's prefixes, under the map's lock.

/// Unsafe: as in `PrefixTrie`; keys are good for a prefix length and the trie's data.
extension PrefixTrie {
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
    return isPrefix(path.node, length) && path.common == length ? path : nil
  }

  /// Whether a node, 0 for none, carries a value under a prefix of this length.
  func isPrefix(_ node: UInt32, _ length: UInt32) -> Bool {
    node != 0 && !kind(node).isBranch && kind(node).length == length
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
