import Testing

/// The lines, counted from 1, that hold the word `unsafe` as code: the keyword, the attribute, or an argument.
///
/// A case of an enum may be called so; a member's access is nothing else either.
private func unsafeLines(in text: SourceText) -> [Int] {
  text.code.indices.filter { index in
    text.code[index].matches(of: /(case +|\.)?\bunsafe\b/).contains { $0.1 == nil }
  }.map { $0 + 1 }
}

@Suite struct `Unsafe code` {
  @Test func `stands only in files of the ledger, and every entry of the ledger is needed`() throws {
    let files = try SourceTree.files(under: "Sources")
    #expect(files.count > 20, "the sources were not found")
    var stale = Set(unsafeLedger.keys)
    for file in files {
      let lines = unsafeLines(in: file.text)
      guard !lines.isEmpty else { continue }
      #expect(
        unsafeLedger[file.path] != nil,
        "\(file.path):\(lines[0]): unsafe code in a file that the ledger does not name"
      )
      stale.remove(file.path)
    }
    #expect(stale.isEmpty, "the ledger names files without unsafe code")
  }

  @Test func `has an invariant in every entry`() {
    for (path, invariant) in unsafeLedger { #expect(invariant.count > 20, "\(path)") }
  }

  @Test(arguments: [
    ("let x = unsafe pointer.pointee", [1]), ("@unsafe func f()", [1]),
    ("nonisolated(unsafe) var x = 0", [1]),
    ("case unsafe(Int)\nreturn .unsafe(1)\ncase .unsafe(let x): unsafe f()", [3]),
    ("// unsafe\nlet x = 1", []), ("/* a /* unsafe */ unsafe */ let unsafely = 1", []),
    (#"let s = "unsafe""#, []),
    (#"let s = "a \(unsafe p.pointee) b""#, [1]),
    ("let s = \"\"\"\n  unsafe \\\"\"\" unsafe\n  \"\"\"\nunsafe f()", [4]),
    (##"let s = #"unsafe \(unsafe) \#(unsafe p)"#"##, [1]), (##"let s = #"unsafe \(unsafe)"#"##, []),
    (#"let s = "\"" + unsafe f("unsafe") // ""#, [1]), (#"let s = "\((a + (b)))" + "unsafe""#, []),
  ])
  func `is found as code, and not in comments and strings`(source: String, lines: [Int]) {
    #expect(unsafeLines(in: SourceText(source)) == lines)
  }
}
