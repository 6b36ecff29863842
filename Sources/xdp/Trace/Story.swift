import BPF
import BPFRuntime
import XDPTypes

/// Why a packet got its verdict, in as few lines as will do: the branches that decided, in source lines and words.
struct Story {
  /// A source line, or a slot where the program has no lines, and what was found there.
  struct Item: Hashable {
    /// Such as `firewall.c:217`, or `slot 12`.
    var place: String
    /// The text of the line, or of the instruction.
    var text: String
    /// What was found, such as `IPv4 protocol is TCP`.
    var facts: [String]
    /// The program's name, the function's, and the slot of the first instruction that is told of.
    var program: String, function: String, slot: Int
    /// The source position, where the program has lines.
    var line: SourceLine?

    /// The document.
    var document: JSONValue {
      [
        "program": .string(program), "function": .string(function), "slot": .number(slot),
        "file": line.map { .string($0.file) } ?? .null, "line": line.map { .number($0.line) } ?? .null,
        "text": .string(text), "facts": .array(facts.map(JSONValue.string)),
      ]
    }
  }

  /// What decided, in the order of the run; the last one is the end.
  private(set) var items: [Item] = []
  /// How many earlier items were left out.
  private(set) var omitted = 0

  /// At most so many items are told, the last ones.
  static let limit = 40

  private let steps: [TraceStep]
  private let explanation: RunExplanation
  private var words: StepWords

  /// Tells the story of a run on a packet, of which these steps were kept.
  init(_ steps: [TraceStep], of packet: [UInt8], types: TraceTypes) {
    self.steps = steps
    explanation = RunExplanation(steps)
    words = StepWords(steps, packet, types)
    var told: Set<String> = []
    for decision in explanation.decisions {
      guard let fact = words.fact(decision, explanation) else { continue }
      let isLast = decision == explanation.decisions.last
      guard told.insert(fact).inserted || isLast else { continue }
      add(fact, at: placeStep(decision))
    }
    guard let last = steps.last else { return }
    add(words.end(last, explanation.resultSources, explanation), at: last)
    omitted = max(0, items.count - Self.limit)
    items.removeFirst(omitted)
  }

  /// A look-up tells more than the comparison with null that follows it.
  private func placeStep(_ decision: RunExplanation.Decision) -> TraceStep {
    if decision.sources.count == 1, case .call = steps[decision.sources[0]].effect {
      return steps[decision.sources[0]]
    }
    return steps[decision.step]
  }

  private mutating func add(_ fact: String, at step: TraceStep) {
    let name = step.program.functions.count > 1 ? "\(step.function), " : ""
    let line = step.line
    let item = Item(
      place: line.map { "\(TraceText.shortName($0.file)):\($0.line)" } ?? "\(name)slot \(step.slot)",
      text: line.map { TraceText.trimmed($0.text) } ?? Disassembler().text(step.instruction),
      facts: [fact],
      program: step.program.name,
      function: step.function,
      slot: step.slot,
      line: line
    )
    if let last = items.last, last.place == item.place {
      items[items.count - 1].facts.append(fact)
    } else {
      items.append(item)
    }
  }

  /// A loop finds much the same again and again: its first and its last will do.
  private static func shortened(_ facts: [String]) -> [String] {
    facts.count > 4 ? [facts[0], "… \(facts.count - 2) more", facts[facts.count - 1]] : facts
  }

  /// The lines for a person.
  var lines: [String] {
    let width = min(24, items.map(\.place.count).max() ?? 0)
    var lines: [String] = []
    if omitted > 0 { lines.append("… \(omitted) earlier decisions") }
    for item in items {
      let padding = String(repeating: " ", count: max(0, width - item.place.count))
      lines.append(
        Console.styled(item.place, .blue, on: Terminal.isOutput) + padding + "  " + item.text
      )
      for fact in Self.shortened(item.facts) {
        let text = Console.styled(fact, .bold, on: Terminal.isOutput)
        lines.append(String(repeating: " ", count: width + 2) + "→ " + text)
      }
    }
    return lines
  }
}
