import Testing

/// Finds public declarations without a documentation comment.
///
/// Every public or open declaration has one, every requirement of a public protocol, and every case with a payload of
/// a public enum. Cases without payload may stand as a list under the enum's own comment, and an override has its
/// superclass's.
private struct DocumentationScanner {
  /// What an opening brace began.
  private enum Scope { case publicProtocol, publicEnum, other }

  private static let declarations: Set<Substring> = [
    "struct", "class", "enum", "protocol", "actor", "func", "var", "let", "init", "subscript", "typealias",
    "associatedtype", "macro",
  ]

  /// The lines, counted from 1, that want a comment.
  static func undocumented(in text: SourceText) -> [Int] {
    var scopes: [Scope] = []
    var found: [Int] = []
    var parentheses = 0
    var pending = Scope.other
    for index in text.code.indices {
      let words = text.words(line: index)
      let line = text.code[index].drop { $0 == " " }
      let modifiers = words.prefix { !declarations.contains($0) && $0 != "case" }
      let keyword = words.dropFirst(modifiers.count).first
      let isPublic =
        (modifiers.contains("public") || modifiers.contains("open")) && !modifiers.contains("import")
      if parentheses == 0, !line.isEmpty, !modifiers.contains("extension") {
        let wanted =
          switch scopes.last {
          case .publicProtocol: keyword != nil
          case .publicEnum: isPublic && keyword != nil || keyword == "case" && line.contains("(")
          default: isPublic && keyword != nil
          }
        if wanted, !modifiers.contains("override"), !hasComment(text, above: index) {
          found.append(index + 1)
        }
      }
      if isPublic, keyword == "protocol" { pending = .publicProtocol }
      if isPublic, keyword == "enum" { pending = .publicEnum }
      for character in line {
        switch character {
        case "(", "[": parentheses += 1
        case ")", "]": parentheses -= 1
        case "{":
          scopes.append(pending)
          pending = .other
        case "}": _ = scopes.popLast()
        default: break
        }
      }
    }
    return found
  }

  /// Whether a `///` line stands above, with nothing but attributes and conditions between.
  private static func hasComment(_ text: SourceText, above index: Int) -> Bool {
    for line in text.lines[..<index].reversed() {
      let trimmed = line.drop { $0 == " " }
      if trimmed.hasPrefix("///") { return true }
      guard trimmed.hasPrefix("@") || trimmed.hasPrefix("#if") || trimmed.hasPrefix("//") else {
        return false
      }
    }
    return false
  }
}

@Suite struct `Documentation` {
  @Test func `stands above every public symbol`() throws {
    let files = try SourceTree.files(under: "Sources")
    #expect(files.count > 20, "the sources were not found")
    for file in files {
      for line in DocumentationScanner.undocumented(in: file.text) {
        Issue.record("\(file.path):\(line): no `///` above `\(file.text.lines[line - 1].drop { $0 == " " })`")
      }
    }
  }

  @Test(arguments: [
    ("public struct A {}", [1]), ("/// A.\npublic struct A {}", []), ("struct A {\n  let b = 1\n}", []),
    ("/// A.\n@safe\npublic struct A {\n  public var b = 1\n}", [4]),
    ("/// A.\npublic protocol A {\n  func b()\n  /// C.\n  var c: Int { get }\n  init()\n}", [3, 6]),
    ("/// A.\npublic enum A {\n  case b, c\n  case d(Int)\n  /// E.\n  case e(Int)\n}", [4]),
    (
      "/// A.\npublic enum A {\n  case b\n  func c() {\n    switch self {\n    case .d(let e): 1\n    }\n  }\n}",
      []
    ),
    ("enum A {\n  case d(Int)\n}", []), ("public import BPF", []),
    ("public extension A {\n  func b()\n}", []),
    ("/// A.\n\npublic func a()", [3]), ("public override func a()", []), ("// A.\npublic func a()", [2]),
    ("let x = \"\"\"\n  public func a()\n  \"\"\"", []), ("public private(set) var a = 1", [1]),
    ("/// A.\npublic func a(\n  b: Int,\n  init: Int\n) {}\nopen class C {}", [6]),
  ])
  func `is missed where it is missing`(source: String, lines: [Int]) {
    #expect(DocumentationScanner.undocumented(in: SourceText(source)) == lines)
  }
}
