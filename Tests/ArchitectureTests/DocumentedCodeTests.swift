import Foundation
import Subprocess
import SystemPackage
import Testing

/// The Swift code in a Markdown text: what stands between ` ```swift ` and ` ``` `.
private func swiftBlocks(in markdown: String) -> [String] {
  var blocks: [String] = []
  var block: [Substring]?
  for line in markdown.split(separator: "\n", omittingEmptySubsequences: false) {
    if let open = block {
      block = line == "```" ? nil : open + [line]
      if block == nil { blocks.append(open.joined(separator: "\n")) }
    } else if line == "```swift" {
      block = []
    }
  }
  return blocks
}

@Suite struct `Documented code` {
  @Test(arguments: ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
  func `compiles`(document: String) async throws {
    let text = try String(contentsOf: SourceTree.root.appending(path: document), encoding: .utf8)
    for (number, block) in swiftBlocks(in: text).enumerated() {
      let diagnostics = try await Self.diagnostics(of: block)
      #expect(diagnostics.isEmpty, "block \(number + 1) of \(document):\n\(diagnostics)")
    }
  }

  @Test func `is in the README`() throws {
    let text = try String(contentsOf: SourceTree.root.appending(path: "README.md"), encoding: .utf8)
    #expect(!swiftBlocks(in: text).isEmpty)
  }

  @Test func `that is wrong does not compile`() async throws {
    let diagnostics = try await Self.diagnostics(of: "import XDP\nlet action: XDPAction = .explode")
    #expect(diagnostics.contains("explode"))
  }

  @Test func `is found between its fences`() {
    #expect(
      swiftBlocks(in: "a\n```swift\nlet b = 1\n\nlet c = 2\n```\n```sh\nd\n```\n") == [
        "let b = 1\n\nlet c = 2"
      ]
    )
  }

  /// What the compiler says of code that uses the modules that were just built; empty where it compiles.
  private static func diagnostics(of code: String) async throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "documented-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "main.swift")
    try code.write(to: file, atomically: true, encoding: .utf8)
    let built = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let headers = built.appending(path: "CLinux.build/module.modulemap").path
    let result = try await run(
      .name("swiftc"),
      arguments: [
        "-typecheck", "-swift-version", "6", "-I", built.appending(path: "Modules").path,
        "-Xcc", "-fmodule-map-file=\(headers)", file.path,
      ],
      output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20)
    )
    if result.terminationStatus.isSuccess { return "" }
    return result.standardError + result.standardOutput + "\(result.terminationStatus)"
  }
}
