/// Figures of one thing over the rounds of a run.
struct BenchSeries: Hashable {
  private(set) var values: [Double] = []

  mutating func add(_ value: Double) { values.append(value) }

  var count: Int { values.count }
  /// 0 where there is no figure.
  var median: Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
  var min: Double { values.min() ?? 0 }
  var max: Double { values.max() ?? 0 }
}
