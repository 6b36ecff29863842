import Foundation
import TestSupport
import Testing

/// Expected output in files, recorded again where the environment has `XDP_RECORD`.
enum Golden {
  private static let folder = URL(filePath: Invocation.root.string).appending(path: "Tests/Fixtures/golden")

  /// Compares a text with a file of `Tests/Fixtures/golden`, or writes it there.
  static func expect(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws
  {
    let file = folder.appending(path: name)
    if ProcessEnvironment["XDP_RECORD"] != nil { try text.write(to: file, atomically: true, encoding: .utf8) }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, "\(name) holds what was expected", sourceLocation: sourceLocation)
  }
}
