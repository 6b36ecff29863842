/// What is known before each instruction of a program, for showing it beside the code.
///
/// Of an instruction on the way to a refusal it is what is known there when the way comes to it for the last time; of any other
/// what was known when it was followed last.
public struct StateSheet: Sendable {
  /// What is known of one register or stack slot.
  public struct Value: Hashable, Sendable {
    /// Which it is, as the kernel's log names it: `R1` or `fp-8`.
    public var name: String
    /// What is known, in the syntax of the kernel's log.
    public var text: String
    /// Whether the instruction reads it.
    public var isRead: Bool
  }

  /// What is known before one instruction.
  public struct Entry: Hashable, Sendable {
    /// The registers that hold something, `R10` left out, and the stack slots that were written.
    public var values: [Value]
    /// Whether it is on the way to a refusal.
    public var isOnWay: Bool
    /// How often it was followed, on that way or at all.
    public var passCount: Int
    /// The number of the function call that it runs in, 0 for the program itself.
    public var frame: Int
  }

  private var entries: [Int: Entry] = [:]

  /// What is known before the instruction at a slot; nil where it was never followed.
  public subscript(slot: Int) -> Entry? { entries[slot] }

  /// No states, of a program that was not followed at all.
  init() {}

  /// The states that were seen, and over them those of the way to a refusal.
  init(_ seen: SeenStates, _ way: Replay?, endingAt end: Int, _ transfer: Transfer) {
    let text = StateText(transfer.maps, namedCount: transfer.program.maps.count)
    for (slot, state) in seen.last.enumerated() {
      guard let state else { continue }
      entries[slot] = Self.entry(state, at: slot, isOnWay: false, passes: seen.counts[slot], text, transfer)
    }
    guard let way else { return }
    var last: [Int: MachineState] = [:], passes: [Int: Int] = [:]
    for step in way.steps {
      last[Int(step.entry.slot)] = step.before
      passes[Int(step.entry.slot), default: 0] += 1
    }
    last[end] = way.last
    passes[end, default: 0] += 1
    for (slot, state) in last {
      entries[slot] = Self.entry(state, at: slot, isOnWay: true, passes: passes[slot] ?? 1, text, transfer)
    }
  }

  private static func entry(
    _ state: MachineState,
    at slot: Int,
    isOnWay: Bool,
    passes: Int,
    _ text: StateText,
    _ transfer: Transfer
  ) -> Entry {
    let instruction = transfer.layout.instruction(at: slot)
    let arguments = transfer.prototypes[slot]?.parameters.count ?? 5
    let reads = RegisterUse(instruction, argumentCount: arguments).reads
    var readNames = Set((0..<10).filter { reads & (1 << UInt16($0)) != 0 }.map { "R\($0)" })
    if case .load(_, _, let address) = instruction, address.base == .r10, address.offset < 0 {
      readNames.insert("fp-\((-Int(address.offset) + 7) / 8 * 8)")
    }
    let values = text.words(of: state, frame: state.depth).filter { $0.name != "R10" }.map {
      Value(name: $0.name, text: $0.text, isRead: readNames.contains($0.name))
    }
    return Entry(values: values, isOnWay: isOnWay, passCount: passes, frame: state.depth)
  }
}
