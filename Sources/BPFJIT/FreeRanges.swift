/// The unused parts of a region, in their order, no two of them touching.
struct FreeRanges {
  private var ranges: [Range<Int>]
  /// Bytes that are unused.
  private(set) var byteCount: Int

  /// All of a region of so many bytes.
  init(byteCount: Int) {
    ranges = [0..<byteCount]
    self.byteCount = byteCount
  }

  /// Takes some bytes out of the first part that has as many; nil where none has.
  mutating func take(_ count: Int) -> Range<Int>? {
    guard let index = ranges.firstIndex(where: { $0.count >= count }) else { return nil }
    let start = ranges[index].lowerBound
    if ranges[index].count == count {
      ranges.remove(at: index)
    } else {
      ranges[index] = start + count..<ranges[index].upperBound
    }
    byteCount -= count
    return start..<start + count
  }

  /// Puts bytes back that were taken.
  mutating func put(_ range: Range<Int>) {
    byteCount += range.count
    var index = ranges.firstIndex { $0.lowerBound > range.lowerBound } ?? ranges.count
    var merged = range
    if index < ranges.count, ranges[index].lowerBound == merged.upperBound {
      merged = merged.lowerBound..<ranges[index].upperBound
      ranges.remove(at: index)
    }
    if index > 0, ranges[index - 1].upperBound == merged.lowerBound {
      index -= 1
      merged = ranges[index].lowerBound..<merged.upperBound
      ranges.remove(at: index)
    }
    ranges.insert(merged, at: index)
  }
}
