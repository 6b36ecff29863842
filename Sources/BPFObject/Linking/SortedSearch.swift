extension Array {
  /// The elements whose key lies in a range, of an array in ascending order of the key.
  func within(_ range: Range<Int>, by key: (Element) -> Int) -> ArraySlice<Element> {
    let start = firstPosition { key($0) >= range.lowerBound }
    let end = firstPosition { key($0) >= range.upperBound }
    return self[start..<Swift.max(start, end)]
  }

  /// The first position from which on a condition holds, which holds for an end of this array; else the count.
  private func firstPosition(where condition: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
