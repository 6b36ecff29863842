import Synchronization

/// The elements of an LRU map from the newest to the one to go next.
///
/// A look-up stamps its element with the map's age, which advances by one with every insertion; it takes no lock and
/// writes only if the stamp is an older one. When room is wanted, the oldest elements are looked at: one not used since it came to
/// its place goes. Those that were used move to the front instead, and if that is all of 32, the one whose last use
/// lies furthest back goes. So an element that was used after the last insertion stays unless the 32 oldest all were.
///
/// Unsafe: each element has a 16-byte link record at `links`, for writers only, and an atomic stamp in its storage; `age`
/// is a word of the storage. All stay mapped as long as the map lives.
@safe struct RecencyList {
  /// How many elements are looked at before one goes that was used.
  static let searchLimit = 32
  /// The size of an element's link record in bytes.
  static let linkByteCount = 16

  private struct Link {
    var newer: UInt32
    var older: UInt32
    /// The stamp when it came to its place.
    var placed: UInt32
    var unused: UInt32
  }
  private static var none: UInt32 { .max }

  private let links: UnsafeMutablePointer<Link>
  private let stamps: UnsafeMutableRawPointer
  private let stampStride: Int
  private let age: UnsafeMutableRawPointer
  private var newest = RecencyList.none
  private var oldest = RecencyList.none

  /// An empty list; `stamps` is the first element's stamp.
  init(
    links: UnsafeMutableRawPointer,
    stamps: UnsafeMutableRawPointer,
    stampStride: Int,
    age: UnsafeMutableRawPointer
  ) {
    unsafe self.links = links.assumingMemoryBound(to: Link.self)
    unsafe self.stamps = stamps
    self.stampStride = stampStride
    unsafe self.age = age
  }

  /// Makes an element the newest one, used now.
  mutating func insert(_ element: Int) {
    let now = unsafe age.half().pointee.load(ordering: .relaxed)
    unsafe stamp(element).pointee.store(now, ordering: .relaxed)
    place(UInt32(element), stamp: now)
    unsafe age.half().pointee.store(now &+ 1, ordering: .relaxed)
  }

  /// Counts a use of an element that stays where it is.
  func touch(_ element: Int) {
    let now = unsafe age.half().pointee.load(ordering: .relaxed)
    unsafe stamp(element).pointee.store(now, ordering: .relaxed)
  }

  /// Takes an element out.
  mutating func remove(_ element: Int) {
    let link = unsafe links[element]
    if link.newer == Self.none {
      newest = link.older
    } else {
      unsafe links[Int(link.newer)].older = link.older
    }
    if link.older == Self.none {
      oldest = link.newer
    } else {
      unsafe links[Int(link.older)].newer = link.newer
    }
  }

  /// Chooses the element to go and takes it out; the list is not empty.
  mutating func evict() -> Int {
    let now = unsafe age.half().pointee.load(ordering: .relaxed)
    let first = oldest
    var victim = Int(first), victimAge: UInt32 = 0
    for attempt in 0..<Self.searchLimit {
      let element = Int(oldest)
      if attempt > 0, oldest == first { break }
      let used = unsafe stamp(element).pointee.load(ordering: .relaxed)
      if unsafe used == links[element].placed {
        victim = element
        break
      }
      if now &- used > victimAge {
        victim = element
        victimAge = now &- used
      }
      remove(element)
      place(UInt32(element), stamp: used)
    }
    remove(victim)
    return victim
  }

  /// Puts an element that is in no list to the front.
  private mutating func place(_ element: UInt32, stamp: UInt32) {
    unsafe links[Int(element)] = Link(newer: Self.none, older: newest, placed: stamp, unused: 0)
    if newest == Self.none { oldest = element } else { unsafe links[Int(newest)].newer = element }
    newest = element
  }

  private func stamp(_ element: Int) -> UnsafePointer<Atomic<UInt32>> {
    unsafe stamps.half(element * stampStride)
  }
}
