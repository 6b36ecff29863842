#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The table where people read it: in README.md, between two marks, with its picture beside.
enum SpeedReport {
  private static let begin = "<!-- make bench writes from here -->"
  private static let end = "<!-- to here -->"
  private static let readme = "../README.md", picture = "../Documentation/speed.svg"

  /// Writes the table and the picture.
  static func write(_ table: SpeedTable) {
    let text = BenchmarkFiles.text(readme)
    let parts = text.split(separator: begin, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2,
      let rest = parts.last?.split(separator: end, maxSplits: 1, omittingEmptySubsequences: false),
      rest.count == 2
    else { fatalError("README.md has not the marks \(begin) and \(end)") }
    let block = [begin, ""] + lines(table) + ["", end]
    BenchmarkFiles.write(
      parts[0] + block.joined(separator: "\n") + rest[1],
      to: readme
    )
    BenchmarkFiles.write(SpeedChart(table).svg, to: picture)
    print("README.md and Documentation/speed.svg have these figures now")
  }

  private static func lines(_ table: SpeedTable) -> [String] {
    let clock = table.calibration
    let sorted = clock.cycles.sorted()
    var lines = ["![Speed beside targets and peers](Documentation/speed.svg)", ""] + table.markdown + [""]
    lines.append(
      "Measured by `make bench` on \(processor): medians (least–most) of turns in one process, thread time. A dependent addition took"
    )
    lines.append(
      "\(text(clock.median)) ns (\(text(sorted.first ?? 0))–\(text(sorted.last ?? 0))), and takes 0.28 ns at 3.6 GHz, for which the targets are meant: cycles decide, and against others the"
    )
    lines.append(
      "ratio of cycles in the same run. Linux's test run spends some 22 ns of each packet on itself, which is in its figures but"
    )
    lines.append("not in those of its look-ups.")
    let notes = table.rows.compactMap { row in row.note.map { "- \(row.work): \($0)" } }
    return notes.isEmpty ? lines : lines + [""] + notes
  }

  /// What the processor calls itself.
  private static var processor: String {
    #if os(Linux)
    guard let file = unsafe fopen("/proc/cpuinfo", "r") else { return "this machine" }
    defer { unsafe fclose(file) }
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let count = unsafe fread(&buffer, 1, buffer.count, file)
    let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.hasPrefix("model name") || $0.hasPrefix("CPU part") }
    guard let name = line?.split(separator: ":").last else { return "this machine" }
    return name.split(separator: " ").joined(separator: " ")
    #else
    return "this machine"
    #endif
  }
}
