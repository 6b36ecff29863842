import Synchronization

/// The maps of this process by their ids, as the kernel has its own: so control planes put maps into maps.
enum LivingMaps {
  private struct Entry {
    weak var map: UserMap?
  }

  private static let maps = Guarded<[UInt32: Entry]>([:])
  private static let last = Atomic<UInt32>(0)

  /// A number that no other map has or had.
  static func nextID() -> UInt32 { last.add(1, ordering: .relaxed).newValue }

  /// Makes a map known.
  static func add(_ map: UserMap) { maps.withLock { $0[map.id] = Entry(map: map) } }

  /// Forgets a map that dies.
  static func remove(_ id: UInt32) { maps.withLock { $0[id] = nil } }

  /// The map of an id, or nil where there is none any more.
  static func map(_ id: UInt32) -> UserMap? { maps.withLock { $0[id] }?.map }
}
