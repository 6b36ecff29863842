extension SpeedRow.Unit: CustomStringConvertible {
  var description: String {
    switch self {
    case .millionsASecond: "M/s"
    case .nanoseconds: "ns"
    case .microseconds: "µs"
    }
  }
}

extension SpeedRow.Target: CustomStringConvertible {
  var description: String {
    switch self {
    case .millionsASecond(let least): "≥ \(short(least)) M/s"
    case .nanoseconds(let most): "≤ \(short(most)) ns"
    case .microseconds(let most): "≤ \(short(most)) µs"
    case .timesAsFast(1, let peer): "no slower than \(peer)"
    case .timesAsFast(let least, let peer) where least < 1: "at most \(short(1 / least)) times \(peer)"
    case .timesAsFast(let least, let peer): "\(short(least)) × \(peer)"
    }
  }
}

extension SpeedRow {
  /// A median with its least and most, in the row's unit, as measured at the clock of the run.
  func measured(_ figures: Figures) -> String {
    let values = figures.nanoseconds.map(value).sorted()
    guard let first = values.first, let last = values.last else { return "" }
    return "\(short(value(nanoseconds: figures.medianNanoseconds))) (\(short(first))–\(short(last))) \(unit)"
  }

  /// The median at 3.6 GHz.
  var atNominalClock: String {
    "\(short(value(nanoseconds: ours.median * Self.nominalNanosecondsPerCycle))) \(unit)"
  }

  /// Each peer with its median and how many times faster ours is, or why it is not here.
  var besides: [String] {
    peers.map { peer in
      switch peer.figures {
      case .success(let figures):
        let median = short(value(nanoseconds: figures.medianNanoseconds))
        return "\(peer.name) \(median) \(unit): \(short(figures.median / ours.median)) ×"
      case .failure(let absence): return "\(peer.name) not here: \(absence.reason)"
      }
    }
  }

  /// Whether all targets are met, in a word.
  var verdict: String {
    let answers = targets.map(meets)
    if answers.isEmpty { return "" }
    if answers.contains(false) { return "missed" }
    return answers.contains(nil) ? "not judged" : "met"
  }

  /// The row for a person who watches.
  var lines: [String] {
    var lines = ["\(work): \(measured(ours)), at 3.6 GHz \(atNominalClock)"]
    if !targets.isEmpty {
      lines.append("  target \(targets.map(\.description).joined(separator: ", ")): \(verdict)")
    }
    lines += besides.map { "  beside \($0)" }
    if let note { lines.append("  \(note)") }
    return lines
  }
}

/// A number with three digits that count.
func short(_ number: Double) -> String {
  guard number.isFinite else { return "–" }
  if number >= 99.95 || number == number.rounded() { return String(Int(number.rounded())) }
  if number < 9.995 { return text(number) }
  let tenths = Int((number * 10).rounded())
  return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
}
