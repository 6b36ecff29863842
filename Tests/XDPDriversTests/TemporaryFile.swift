import Foundation
import XDP

/// Files that tests make and remove.
enum TemporaryFile {
  /// The package's folder.
  static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path()

  /// A path that no other test has.
  static func path(_ name: String) -> String {
    FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString)-\(name)").path()
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }
  static func read(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }
  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}

/// A packet's bytes, to compare.
func bytes(of batch: borrowing PacketBatch, at index: Int) -> [UInt8] {
  batch.copiedBytes(at: index)
}
