/// HTML as text is made into it: what a program says stays text, whatever characters it has.
enum Markup {
  /// Text between tags or in an attribute.
  static func escaped(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n": result.unicodeScalars.append(scalar)
      // Other control characters are allowed nowhere in a page.
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// An element with text in it.
  static func element(_ name: String, class kind: String = "", _ text: some StringProtocol) -> String {
    let attribute = kind.isEmpty ? "" : " class=\"\(escaped(kind))\""
    return "<\(name)\(attribute)>\(escaped(text))</\(name)>"
  }
}
