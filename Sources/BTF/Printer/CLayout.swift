/// Follows where C puts the members of a struct, and says what padding brings each where it is to be.
struct CLayout {
  let isUnion: Bool
  let isPacked: Bool
  /// No member is counted for more, far beyond any real one, and far from overflow.
  private static let byteLimit = 1 << 40
  /// Where the last member ended, in bits.
  private var position = 0
  private var alignment = 1

  /// Room that a member without a name takes.
  enum Padding {
    case bits(Int)
    case bytes(Int)
  }

  init(isUnion: Bool, isPacked: Bool) {
    self.isUnion = isUnion
    self.isPacked = isPacked
  }

  /// The padding before a member.
  mutating func add(_ place: BTF.MemberPlace, byteCount: Int, alignment: Int) -> [Padding] {
    if !isPacked { self.alignment = max(self.alignment, alignment) }
    let byteCount = min(byteCount, Self.byteLimit)
    let width = place.bitFieldWidth > 0 ? place.bitFieldWidth : byteCount * 8
    let natural = naturalOffset(place, byteCount: byteCount, alignment: alignment)
    let padding = isUnion || natural >= place.bitOffset ? [] : padding(to: place.bitOffset)
    position = max(position, place.bitOffset + width)
    return padding
  }

  /// The padding after the last member.
  func end(byteCount: Int) -> Padding? {
    let end = (position / 8 + (position % 8 == 0 ? 0 : 1))
    let natural = (end + alignment - 1) / alignment * alignment
    guard byteCount > natural else { return nil }
    return .bytes(isUnion ? byteCount : byteCount - end)
  }

  private func naturalOffset(_ place: BTF.MemberPlace, byteCount: Int, alignment: Int) -> Int {
    if place.bitFieldWidth == 0 { return Self.round(position, to: isPacked ? 8 : alignment * 8) }
    let unit = byteCount * 8
    guard !isPacked, unit > 0, position % unit + place.bitFieldWidth > unit else { return position }
    return Self.round(position, to: unit)
  }

  private func padding(to target: Int) -> [Padding] {
    var padding: [Padding] = []
    var start = position
    if start % 8 != 0 {
      let end = min(target, Self.round(start, to: 8))
      padding.append(.bits(end - start))
      start = end
    }
    if target / 8 > start / 8 {
      padding.append(.bytes(target / 8 - start / 8))
      start = target / 8 * 8
    }
    if target > start { padding.append(.bits(target - start)) }
    return padding
  }

  private static func round(_ value: Int, to unit: Int) -> Int {
    unit > 1 ? (value + unit - 1) / unit * unit : value
  }
}
