/// A verifier's log of level 2, taken apart: which instruction was looked at, and what was told of registers and stack slots.
struct StateLog {
  /// One instruction on some way.
  struct Step {
    var slot: Int
    /// What was told in full before it: where a way begins or goes on, a function is entered or left.
    var before: [String: String] = [:]
    /// What was told of it itself.
    var after: [String: String] = [:]
  }

  private(set) var steps: [Step] = []
  /// The registers that are read later, by slot; the kernel alone tells them.
  private(set) var live: [Int: Set<String>] = [:]
  private var told: [String: String] = [:]

  init(_ log: String) {
    for line in log.split(separator: "\n") {
      if line.hasPrefix("from ") {
        told =
          line.hasSuffix(": safe") ? [:] : Self.values(line.split(separator: ":", maxSplits: 1).last ?? "")
        continue
      }
      if line.hasPrefix(" ") {
        noteLive(line)
        continue
      }
      guard let colon = line.firstIndex(of: ":"), let slot = Int(line[..<colon]) else { continue }
      let rest = line[line.index(after: colon)...].drop { $0 == " " }
      guard rest.hasPrefix("(") else {
        if rest != "safe" { told.merge(Self.values(rest)) { $1 } }
        continue
      }
      var step = Step(slot: slot, before: told)
      told = [:]
      if let place = rest.firstRange(of: " ; ") { step.after = Self.values(rest[place.upperBound...]) }
      steps.append(step)
    }
  }

  /// Reads which registers matter before an instruction, of `  4: .123...... (07) r2 += 4`.
  private mutating func noteLive(_ line: Substring) {
    let words = line.split(separator: " ")
    guard words.count > 2, words[0].hasSuffix(":"), let slot = Int(words[0].dropLast()), words[1].count == 10
    else { return }
    live[slot] = Set(words[1].filter { $0 != "." }.map { "R\($0)" })
  }

  /// Whether a register matters before an instruction; the kernel learns less of one that does not.
  func isLive(_ key: String, before slot: Int) -> Bool {
    guard let live = live[slot], let name = key.split(separator: ":").last, name != "R10", name.hasPrefix("R")
    else { return true }
    return live.contains(String(name))
  }

  /// `R1=…` and `fp-8=…` by name, of a frame that is not the first with its number before it.
  private static func values(_ text: Substring) -> [String: String] {
    var values: [String: String] = [:], depth = 0, word = "", frame = ""
    for character in text + " " {
      depth += character == "(" ? 1 : character == ")" ? -1 : 0
      guard character == " " && depth == 0 else {
        word.append(character)
        continue
      }
      if word.hasPrefix("frame"), word.hasSuffix(":") {
        frame = String(word)
      } else if let equals = word.firstIndex(of: "="), word.hasPrefix("R") || word.hasPrefix("fp-") {
        values[frame + word[..<equals]] = normalized(word[word.index(after: equals)...])
      }
      word = ""
    }
    return values
  }

  /// Without what is each verifier's own: marks of precision, and the numbers of identities and references.
  private static func normalized(_ text: Substring) -> String {
    var text = String(text)
    if text.hasPrefix("P") { text.removeFirst() }
    text = text.replacing(/\b(ref_obj_)?id=[0-9]+([+-][0-9]+)?,?/, with: "").replacing(",)", with: ")")
    return text
  }
}
