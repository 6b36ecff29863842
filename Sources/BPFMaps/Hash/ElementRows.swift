/// The elements of a large map, in rows of eight: each bucket has a row, where most of its keys' elements lie.
///
/// So who looks a key up knows where its element probably is before the bucket has come from memory, and can ask for both
/// at once. That is all there is to rows: an element may lie in any.
///
/// Freed elements come back in the order in which they were freed and not before `reserve` others have been, as in
/// `ElementPool`.
///
/// Unsafe: `taken` has a byte for each row, a bit for each of its elements, and stays mapped; only the map's writers use it.
@safe struct ElementRows {
  /// Elements of a row.
  static let width = 8

  private let taken: UnsafeMutablePointer<UInt8>
  private let mask: Int
  /// Elements that were freed last, a ring; `oldest` is where the first of them stands once it is full.
  private var freed: [Int] = []
  private let reserve: Int
  private var oldest = 0

  /// Rows of elements that nobody has used; `rowCount` is a power of two.
  init(taken: UnsafeMutableRawPointer, rowCount: Int, reserve: Int) {
    unsafe self.taken = taken.assumingMemoryBound(to: UInt8.self)
    mask = rowCount - 1
    self.reserve = reserve
    freed.reserveCapacity(reserve)
  }

  /// Takes an element of a row, or of one of the next ones; there is one.
  mutating func take(near row: Int) -> Int {
    var row = row
    while true {
      let free = unsafe ~taken[row]
      if free != 0 {
        let place = free.trailingZeroBitCount
        unsafe taken[row] |= 1 << UInt8(place)
        return row * Self.width + place
      }
      row = (row + 1) & mask
    }
  }

  /// Gives an element back.
  mutating func give(_ element: Int) {
    guard freed.count == reserve else { return freed.append(element) }
    let old = freed[oldest]
    freed[oldest] = element
    oldest = (oldest + 1) % reserve
    unsafe taken[old / Self.width] &= ~(1 << UInt8(old % Self.width))
  }
}
