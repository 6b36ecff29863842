/// What a benchmark came to.
struct BenchReport {
  /// One program on one engine.
  struct Result {
    var program: String
    var engine: String
    var frames: Int
    var verdicts: VerdictCounts?
    var notes: [String]
    /// Nanoseconds a packet, a figure a round.
    var times = BenchSeries()
  }

  /// An engine that a program could not be measured on.
  struct Absence {
    var program: String
    var engine: String
    var reason: String
  }

  /// What packets there were, in words.
  var traffic: String
  var results: [Result] = []
  var absences: [Absence] = []
  /// The kernel's test run of a program that does nothing.
  var harness = BenchSeries()
  /// Nanoseconds a dependent add.
  var calibration = BenchSeries()

  /// The document of `--json`.
  var document: JSONValue {
    [
      "results": .array(results.map(document)),
      "absent": .array(
        absences.map {
          ["program": .string($0.program), "engine": .string($0.engine), "reason": .string($0.reason)]
        }
      ),
      "traffic": .string(traffic),
      "calibration": [
        "nsPerAdd": .real(Self.rounded(calibration.median)), "min": .real(Self.rounded(calibration.min)),
        "max": .real(Self.rounded(calibration.max)),
      ],
    ]
  }

  private func document(_ result: Result) -> JSONValue {
    var document: JSONObject = [
      "program": .string(result.program),
      "engine": .string(result.engine),
      "frames": .number(result.frames),
      "nsPerPacket": .real(Self.rounded(result.times.median)),
      "packetsPerSecond": .number(Int64(Self.rate(result.times.median))),
      "runs": .number(result.times.count),
      "min": .real(Self.rounded(result.times.min)),
      "max": .real(Self.rounded(result.times.max)),
    ]
    if let verdicts = result.verdicts { document["verdicts"] = verdicts.document }
    if result.engine == "kernel" {
      document["harness"] = [
        "nsPerPacket": .real(Self.rounded(harness.median)), "min": .real(Self.rounded(harness.min)),
        "max": .real(Self.rounded(harness.max)),
      ]
    }
    document["notes"] = .array(result.notes.map(JSONValue.string))
    return .object(document)
  }

  /// Packets a second at so many nanoseconds each.
  static func rate(_ nanoseconds: Double) -> Double { nanoseconds > 0 ? 1e9 / nanoseconds : 0 }

  /// Picoseconds are as fine as it goes.
  private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

  /// What is printed for a person.
  var lines: [String] {
    var lines: [String] = []
    var programs: [String] = []
    for name in results.map(\.program) + absences.map(\.program) where !programs.contains(name) {
      programs.append(name)
    }
    for program in programs {
      let results = results.filter { $0.program == program }
      if !lines.isEmpty { lines.append("") }
      lines.append(Console.styled(program, .bold, on: Terminal.isOutput) + ": \(traffic)")
      let head = ["engine", "ns a packet", "least", "most", "million a second", "verdicts"]
      let rows = [head] + results.map(row)
      lines += TextTable.lines(rows, rightAligned: [1, 2, 3, 4]).map { "  " + $0 }
      if let kernel = results.first(where: { $0.engine == "kernel" }) {
        let rest = Swift.max(0, kernel.times.median - harness.median)
        lines.append(
          "  kernel: its test run alone takes \(Self.text(harness.median)) ns (a program that only drops), so this one \(Self.text(rest))"
        )
      }
      lines += absences.filter { $0.program == program }.map { "  \($0.engine): not measured: \($0.reason)" }
      lines += results.flatMap { result in result.notes.map { "  \(result.engine): \($0)" } }
    }
    lines += [
      "",
      "\(Self.text(calibration.median)) ns a dependent add (\(Self.text(calibration.min))–\(Self.text(calibration.max))); medians of \(results.first?.times.count ?? 0) turns, thread time",
    ]
    return lines
  }

  private func row(_ result: Result) -> [String] {
    [
      result.engine, Self.text(result.times.median), Self.text(result.times.min), Self.text(result.times.max),
      Self.text(Self.rate(result.times.median) / 1e6), result.verdicts?.text ?? "",
    ]
  }

  /// Digits enough for nanoseconds: three behind the point below 1, else two, one above 100.
  static func text(_ value: Double) -> String {
    let digits = value < 1 ? 3 : value < 100 ? 2 : 1
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let number = UInt64((value * scale).rounded())
    let fraction = String(number % UInt64(scale))
    return "\(number / UInt64(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
  }
}
