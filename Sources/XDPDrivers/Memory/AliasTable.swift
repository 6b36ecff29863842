/// Draws numbers below a count, each as often as its weight says, in constant time: Walker's alias method, built as
/// Vose does.
///
/// Every cell is a number and its alias, and says how much of the cell is the number's own. Only additions,
/// multiplications and divisions go into it, so the table is the same on every machine.
struct AliasTable {
  private struct Cell: BitwiseCopyable {
    /// What is the number's own, in parts of 2^32.
    var own: UInt32
    /// Whose the rest is.
    var alias: UInt32
  }

  private let cells: [Cell]

  /// A table of fewer than 2^32 numbers, of which at least one has a weight above zero, and none one below.
  init(weights: [Double]) {
    let total = weights.reduce(0, +), count = Double(weights.count)
    var shares = weights.map { $0 * count / total }
    var cells = weights.indices.map { Cell(own: .max, alias: UInt32($0)) }
    var small: [Int] = [], large: [Int] = []
    for index in shares.indices { if shares[index] < 1 { small.append(index) } else { large.append(index) } }
    while let poor = small.popLast(), let rich = large.last {
      cells[poor] = Cell(own: UInt32(shares[poor] * 4_294_967_295), alias: UInt32(rich))
      shares[rich] -= 1 - shares[poor]
      if shares[rich] < 1 {
        large.removeLast()
        small.append(rich)
      }
    }
    self.cells = cells
  }

  /// The number for 64 random bits.
  @inline(__always) func draw(_ random: UInt64) -> Int {
    let place = random.multipliedFullWidth(by: UInt64(cells.count))
    let cell = cells[Int(place.high)]
    return UInt32(truncatingIfNeeded: place.low >> 32) < cell.own ? Int(place.high) : Int(cell.alias)
  }

  /// How likely each number is, by the table.
  var probabilities: [Double] {
    var sums = [Double](repeating: 0, count: cells.count)
    for (index, cell) in cells.enumerated() {
      let own = Double(cell.own) / 4_294_967_296
      sums[index] += own
      sums[Int(cell.alias)] += 1 - own
    }
    return sums.map { $0 / Double(cells.count) }
  }
}
