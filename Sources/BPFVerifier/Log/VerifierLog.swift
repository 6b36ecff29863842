import BPF

/// What a verifier does, line by line, in the kernel's words and order, so that both logs can be compared.
struct VerifierLog {
  /// What is kept of a log; of a longer one it is the end.
  static let longestByteCount = 16 << 20
  /// Where what an instruction did begins in its line.
  private static let column = 38

  private let program: Program
  private let level: LogLevel
  private let states: StateText
  private let disassembler = Disassembler(showsOpcodes: true)
  private var lines: [String] = []
  private var byteCount = 0
  /// Lines that were let go of at the beginning.
  private var lostCount = 0
  private var source: SourceLine?

  init(_ program: Program, _ maps: [MapShape], _ level: LogLevel) {
    self.program = program
    self.level = level
    states = StateText(maps, namedCount: program.maps.count)
  }

  /// How long it is: what `resume` goes back to.
  var lineCount: Int { lostCount + lines.count }

  /// The log as it stands.
  var text: String { lines.map { $0 + "\n" }.joined() }

  private mutating func add(_ line: String) {
    lines.append(line)
    byteCount += line.utf8.count + 1
    guard byteCount > Self.longestByteCount else { return }
    let count = lines.count / 2
    byteCount -= lines[..<count].reduce(0) { $0 + $1.utf8.count + 1 }
    lines.removeFirst(count)
    lostCount += count
  }

  /// Forgets what came after a place, of a way that is not told.
  private mutating func cut(to count: Int) {
    guard level == .way else { return }
    let left = max(0, count - lostCount)
    guard left < lines.count else { return }
    byteCount -= lines[left...].reduce(0) { $0 + $1.utf8.count + 1 }
    lines.removeSubrange(left...)
  }

  // MARK: Ways

  /// A way begins.
  mutating func begin(at slot: Int, _ state: MachineState) {
    source = nil
    add("\(slot):" + states.text(of: state, frame: state.depth))
  }

  /// All ways from a state were followed, and nothing was wrong.
  mutating func end() { cut(to: 0) }

  /// A branch that waited is followed from here on.
  mutating func resume(from: Int, at slot: Int, _ state: MachineState, lineCount: Int) {
    cut(to: lineCount)
    add("")
    add("from \(from) to \(slot):" + states.text(of: state, frame: state.depth))
    source = nil
  }

  /// The state at hand is covered by one that was found good.
  mutating func prune(at slot: Int) { add("\(slot): safe") }

  // MARK: Instructions

  /// An instruction is looked at.
  mutating func look(at slot: Int, _ instruction: Instruction) {
    if let line = program.knownLine(at: slot), line != source {
      source = line
      let text = line.text.drop { $0.isWhitespace }
      add("; \(text) @ \(line.file.split(separator: "/").last ?? ""):\(line.line)")
    }
    add("\(slot): " + disassembler.text(instruction))
  }

  /// What it did.
  mutating func tell(
    _ instruction: Instruction,
    from before: MachineState,
    to after: MachineState,
    at next: Int
  ) {
    guard before.depth == after.depth else {
      return add("\(next):" + states.text(of: after, frame: after.depth))
    }
    var touched: UInt16 = 0
    switch instruction {
    case .call: touched = 1
    case .exit, .jump, .jumpLong, .mayGoto: break
    default:
      let use = RegisterUse(instruction)
      touched = use.reads | use.writes
    }
    let text = states.text(of: after, since: before, touching: touched)
    guard !text.isEmpty, let line = lines.popLast() else { return }
    byteCount -= line.utf8.count + 1
    add(line + String(repeating: " ", count: max(1, Self.column - line.utf8.count)) + ";" + text)
  }

  // MARK: The end

  /// Why the program is refused.
  mutating func refuse(_ violation: Violation) { add(violation.message) }

  /// How much work it was.
  mutating func finish(_ statistics: VerifierStatistics, limit: Int) {
    add(
      "processed \(statistics.processed) insns (limit \(limit)) total_states \(statistics.states) peak_pending \(statistics.peakPending)"
    )
  }
}
