public import BPFObject
import BTF
import Foundation

/// A checked-in object file, beside the source that it was built from.
public enum Fixture {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures")

  /// The bytes of a file, such as `shared_state.o`.
  public static func bytes(of name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: folder.appending(path: name)))
  }

  /// Where a file lies, such as `shared_state.c`.
  public static func path(_ name: String) -> String { folder.appending(path: name).path() }

  /// The object of this name, such as `shared_state`.
  public static func object(_ name: String) throws -> ObjectFile {
    let bytes = try bytes(of: "\(name).o")
    return try ObjectFile(parsing: bytes.rawBytes, named: "\(name).o")
  }
}
