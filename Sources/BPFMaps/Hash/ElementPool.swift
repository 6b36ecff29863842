/// The elements of a map that hold no key at the moment.
///
/// Freed elements come back in the order in which they were freed and not before `reserve` others have been: what an old
/// pointer points to lives on for a while. Otherwise they are preferred to ones never used, whose memory is not
/// committed yet.
///
/// Unsafe: `links` has 4 bytes for each of `capacity` elements and stays mapped; only the map's writers use it.
@safe struct ElementPool {
  private let links: UnsafeMutablePointer<UInt32>
  private let capacity: Int
  private let reserve: Int
  private var untouched = 0
  private var oldest: UInt32 = 0
  private var newest: UInt32 = 0
  private var freed = 0

  /// A pool of elements that nobody has used.
  init(links: UnsafeMutableRawPointer, capacity: Int, reserve: Int) {
    unsafe self.links = links.assumingMemoryBound(to: UInt32.self)
    self.capacity = capacity
    self.reserve = reserve
  }

  /// Takes an element; there is one.
  mutating func take() -> Int {
    if freed <= reserve, untouched < capacity {
      untouched += 1
      return untouched - 1
    }
    precondition(freed > 0, "more elements in use than the map has entries")
    let element = Int(oldest)
    freed -= 1
    unsafe oldest = links[element]
    return element
  }

  /// Takes an element if there is one.
  mutating func takeIfAny() -> Int? { freed > 0 || untouched < capacity ? take() : nil }

  /// Gives an element back.
  mutating func give(_ element: Int) {
    if freed == 0 { oldest = UInt32(element) } else { unsafe links[Int(newest)] = UInt32(element) }
    newest = UInt32(element)
    freed += 1
  }
}
