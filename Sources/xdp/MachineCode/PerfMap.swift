import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The file in which `perf` looks for the names of code that no file holds: `/tmp/perf-PID.map`.
enum PerfMap {
  /// A function of a program.
  struct Symbol: Hashable {
    var start: UInt64
    var byteCount: Int
    var name: String

    /// The line: start and size in hex, then the name.
    var line: String { "\(String(start, radix: 16)) \(String(byteCount, radix: 16)) \(name)\n" }
  }

  /// The file of this process.
  static var path: String { "/tmp/perf-\(getpid()).map" }

  /// Adds symbols to the file.
  static func add(_ symbols: [Symbol]) throws(CommandError) {
    do {
      let file = try FileDescriptor.open(
        FilePath(path),
        .writeOnly,
        options: [.create, .append, .noFollow, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead]
      )
      try file.closeAfter { _ = try file.writeAll(symbols.map(\.line).joined().utf8) }
    } catch {
      throw .refused("--perf-map: cannot write '\(path)': \(error)")
    }
  }
}
