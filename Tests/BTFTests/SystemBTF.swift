import BTF
import Foundation

/// Bytes of files that the tests read.
enum TestBytes {
  /// A file beside the tests, in `Tests/Fixtures`.
  static func fixture(_ name: String, from path: String = #filePath) throws -> [UInt8] {
    let tests = URL(filePath: path).deletingLastPathComponent().deletingLastPathComponent()
    return [UInt8](try Data(contentsOf: tests.appending(path: "Fixtures").appending(path: name)))
  }

  /// The running kernel's types; nil where there are none.
  static let kernel: [UInt8]? = FileManager.default.contents(atPath: "/sys/kernel/btf/vmlinux").map {
    [UInt8]($0)
  }
}

extension BTF {
  /// Parses bytes that a test holds as an array.
  init(_ bytes: [UInt8], base: BTF? = nil) throws(BTFError) {
    self = try BTF(parsing: bytes.rawBytes, base: base)
  }
}
