import BPFObject

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files beside this package.
enum BenchmarkFiles {
  /// The folder of the package, `Benchmarks`.
  static let package = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  /// The bytes of a file below the package's folder.
  static func bytes(_ path: String) -> [UInt8] {
    let full = package + "/" + path
    guard let file = unsafe fopen(full, "r") else { fatalError("cannot read \(full)") }
    defer { unsafe fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe fread(&buffer, 1, buffer.count, file)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// A parsed object below the package's folder.
  static func object(_ path: String) throws -> ObjectFile {
    let bytes = bytes(path)
    return try unsafe ObjectFile(parsing: bytes.span.bytes, named: path)
  }

  /// The text of a file below the package's folder; empty where there is none.
  static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

  /// Writes a text to a file below the package's folder.
  static func write(_ text: String, to path: String) {
    let full = package + "/" + path
    guard let file = unsafe fopen(full, "w") else { fatalError("cannot write \(full)") }
    defer { unsafe fclose(file) }
    let bytes = Array(text.utf8)
    guard unsafe fwrite(bytes, 1, bytes.count, file) == bytes.count else {
      fatalError("cannot write \(full)")
    }
  }
}
