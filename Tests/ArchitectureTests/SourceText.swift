/// Swift source as the architecture tests see it: line by line, once as written and once as code alone.
struct SourceText {
  /// The lines as they were written.
  let lines: [String]
  /// The same lines with comments and the contents of string literals blanked out; interpolations are code.
  let code: [String]

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    code = Self.masked(Array(text)).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }

  /// The words of a line of code: runs of letters, digits and underscores.
  func words(line: Int) -> [Substring] {
    code[line].split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }

  /// Where the masking stands: in code, or within a literal or comment.
  private enum Place: Equatable {
    /// Code; `parentheses` counts what an interpolation opened, -1 outside of one.
    case code(parentheses: Int)
    case lineComment
    case blockComment(depth: Int)
    case string(pounds: Int, isMultiline: Bool)
  }

  private static func masked(_ text: [Character]) -> String {
    var result = ""
    var places: [Place] = [.code(parentheses: -1)]
    var index = 0
    func starts(_ pattern: String, at position: Int) -> Bool {
      text.count - position >= pattern.count
        && text[position..<position + pattern.count].elementsEqual(pattern)
    }
    while index < text.count {
      let character = text[index]
      var width = 1
      switch places[places.count - 1] {
      case .code(let parentheses):
        var pounds = 0
        while starts(String(repeating: "#", count: pounds + 1), at: index) { pounds += 1 }
        if starts("//", at: index) {
          places.append(.lineComment)
          result += "  "
          width = 2
        } else if starts("/*", at: index) {
          places.append(.blockComment(depth: 1))
          result += "  "
          width = 2
        } else if starts("\"", at: index + pounds) {
          let isMultiline = starts("\"\"\"", at: index + pounds)
          places.append(.string(pounds: pounds, isMultiline: isMultiline))
          width = pounds + (isMultiline ? 3 : 1)
          result += String(repeating: " ", count: width)
        } else if parentheses >= 0, character == "(" || character == ")" {
          let now = parentheses + (character == "(" ? 1 : -1)
          places[places.count - 1] = .code(parentheses: now)
          if now == 0 { places.removeLast() }
          result.append(character)
        } else {
          result.append(character)
        }
      case .lineComment:
        if character == "\n" { places.removeLast() }
        result.append(character == "\n" ? "\n" : " ")
      case .blockComment(let depth):
        if starts("*/", at: index) {
          places[places.count - 1] = .blockComment(depth: depth - 1)
          if depth == 1 { places.removeLast() }
          result += "  "
          width = 2
        } else if starts("/*", at: index) {
          places[places.count - 1] = .blockComment(depth: depth + 1)
          result += "  "
          width = 2
        } else {
          result.append(character == "\n" ? "\n" : " ")
        }
      case .string(let pounds, let isMultiline):
        let fence = String(repeating: "#", count: pounds)
        let close = (isMultiline ? "\"\"\"" : "\"") + fence
        if starts("\\" + fence + "(", at: index) {
          places.append(.code(parentheses: 1))
          width = pounds + 2
          result += String(repeating: " ", count: width)
        } else if starts("\\" + fence, at: index) {
          width = pounds + 2
          result += String(repeating: " ", count: pounds + 1)
          result.append(index + pounds + 1 < text.count && text[index + pounds + 1] == "\n" ? "\n" : " ")
        } else if starts(close, at: index) {
          places.removeLast()
          width = close.count
          result += String(repeating: " ", count: width)
        } else {
          result.append(character == "\n" ? "\n" : " ")
        }
      }
      index += width
    }
    return result
  }
}
