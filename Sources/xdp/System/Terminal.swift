import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// What the process's standard streams are, and how they may be written.
///
/// The one unsafe operation is getenv(3), of whose result one byte is looked at, before any thread was started.
enum Terminal {
  /// Whether standard output is a terminal.
  static let isOutput = isatty(1) == 1
  /// Whether standard error is a terminal.
  static let isError = isatty(2) == 1
  /// Whether colour is unwanted everywhere: `NO_COLOR` is set and not empty (no-color.org).
  static let hasNoColour = unsafe getenv("NO_COLOR").map { unsafe $0.pointee != 0 } ?? false

  /// Makes writing to a closed pipe an error instead of the process's end, and fills standard streams that are closed.
  ///
  /// Without the latter the first file that the command opens would become its standard output.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    while let null = try? FileDescriptor.open(FilePath("/dev/null"), .readWrite) {
      if null.rawValue > 2 {
        try? null.close()
        break
      }
    }
  }
}
