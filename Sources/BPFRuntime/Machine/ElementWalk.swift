import BPF
import BPFMaps

/// The elements of a map on their way through a program's function (`bpf_for_each_map_elem`).
///
/// Of a hash map the keys are those there were at the start, and one that was removed meanwhile is left out. Its
/// invariant: `key` holds one key of the map from `init` to `deinit`, and `keys` whole keys.
@safe final class ElementWalk {
  let map: UserMap
  /// The owner of the key, which is lent to the program as long as the walk lasts.
  let owner: UInt32
  /// The key at hand, where the program sees it.
  let key: UnsafeMutableRawPointer
  /// Those of a hash map, one after the other; an array's are its indices.
  private var keys: [UInt8] = []
  let count: Int
  private var next = 0

  /// A walk over the keys that the map has now; nil for a map whose elements cannot be shown one after the other.
  init?(_ map: UserMap, owner: UInt32) {
    let size = map.definition.keySize
    switch map.definition.type {
    case .array, .perCPUArray: count = map.definition.maxEntries
    case .hash, .perCPUHash, .lruHash, .lruPerCPUHash:
      var key: [UInt8]? = nil
      var count = 0
      // A map that changes meanwhile may start over: the walk ends all the same.
      while count <= map.definition.maxEntries, let found = Self.key(of: map, after: key) {
        keys += found
        key = found
        count += 1
      }
      self.count = count
    default: return nil
    }
    self.map = map
    self.owner = owner
    unsafe key = .allocate(byteCount: max(8, size), alignment: 8)
    unsafe key.initializeMemory(as: UInt8.self, repeating: 0, count: max(8, size))
  }

  deinit { unsafe key.deallocate() }

  /// Goes on to the next element that is still there: its value for a CPU, nil at the end.
  func advance(cpu: Int) -> UnsafeMutableRawPointer? {
    let size = map.definition.keySize
    while next < count {
      if keys.isEmpty {
        unsafe key.storeBytes(of: UInt32(truncatingIfNeeded: next), as: UInt32.self)
      } else {
        unsafe keys.withUnsafeBytes { keys in
          unsafe key.copyMemory(from: keys.baseAddress.unsafelyUnwrapped + next * size, byteCount: size)
        }
      }
      next += 1
      if let value = unsafe map.element(key, cpu: cpu) { return unsafe value }
    }
    return nil
  }

  private static func key(of map: UserMap, after key: [UInt8]?) -> [UInt8]? {
    var next = [UInt8](repeating: 0, count: map.definition.keySize)
    let answer = unsafe next.withUnsafeMutableBytes { next -> Int32 in
      guard let target = next.baseAddress else { return -1 }
      guard let key else { return unsafe map.findKey(after: nil, into: target) }
      return unsafe key.withUnsafeBytes { unsafe map.findKey(after: $0.baseAddress, into: target) }
    }
    return answer == 0 ? next : nil
  }
}
