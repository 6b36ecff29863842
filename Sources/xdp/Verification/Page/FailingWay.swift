import BPF
import BPFVerifier

/// The way on which a program breaks a rule, for marking it; empty for a program that breaks none.
struct FailingWay {
  /// A step from one instruction to the next.
  private struct Step: Hashable { var from: Int, to: Int }

  /// The slots of the instructions on it.
  let slots: Set<Int>
  /// The slot where it ends: the instruction that breaks the rule.
  let end: Int?
  private let steps: Set<Step>

  /// The way of a rejection.
  init(_ rejection: Rejection?) {
    var path = rejection?.path ?? []
    end = rejection?.violation.slot
    if let end, path.last != end { path.append(end) }
    slots = Set(path)
    steps = Set(zip(path, path.dropFirst()).map { Step(from: $0, to: $1) })
  }

  /// Whether it goes from one instruction straight to another.
  func goes(from: Int, to: Int) -> Bool { steps.contains(Step(from: from, to: to)) }

  /// What is said of the instructions on it, by slot: where values come from, and at its end which rule is broken.
  static func remarks(_ rejection: Rejection?) -> [Int: [String]] {
    guard let rejection else { return [:] }
    var remarks: [Int: [String]] = [:]
    for note in rejection.notes.reversed() {
      if let slot = note.slot { remarks[slot, default: []].append(note.message) }
    }
    if let end = rejection.violation.slot { remarks[end, default: []].append(rejection.violation.message) }
    return remarks
  }

  /// The name of an instruction's place in the page.
  static func anchor(_ program: Program, _ slot: Int) -> String {
    Markup.escaped(program.name) + "-\(slot)"
  }
}
