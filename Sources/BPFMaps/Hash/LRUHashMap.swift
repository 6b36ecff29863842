/// `BPF_MAP_TYPE_LRU_HASH`: a hash that makes room by dropping what was used least recently.
///
/// Inserting never fails. One key goes at a time; which, `RecencyList` says. Programs' look-ups and all updates
/// are uses, the control plane's look-ups are not. `BPF_F_NO_COMMON_LRU` changes nothing.
///
/// Unsafe: behind each element's value there is an aligned word for its stamp; the table's age is a word of the storage.
public final class LRUHashMap: HashMap, @unchecked Sendable {
  /// The value under a key, which counts as used now.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    guard let value = unsafe table.value(key) else { return nil }
    unsafe table.touch(value)
    return unsafe value
  }

  package override var directLookup: DirectLookup? { unsafe table.directLookup(countsUses: true) }
}
