import BPF
import BPFRuntime
import BTF
import XDP
import XDPTypes

/// What steps of a run found, in words.
struct StepWords {
  private let steps: [TraceStep]
  private let types: TraceTypes
  /// Of loads from the packet: the field's name and its text.
  private var fields: [Int: (name: String, text: String)] = [:]
  /// How long the packet is at each branch, with its fragments.
  private var lengths: [Int: Int] = [:]
  /// What values came from, as far as that was said already.
  private var told: Set<String> = []

  /// Names what the steps read of a packet.
  init(_ steps: [TraceStep], _ packet: [UInt8], _ types: TraceTypes) {
    self.steps = steps
    self.types = types
    var names = PacketNames(packet)
    for (index, step) in steps.enumerated() {
      if case .memory(let access) = step.effect, access.new == nil { fields[index] = names.field(of: access) }
      if case .branch = step.effect { lengths[index] = names.bytes.count }
      names.follow(step)
    }
  }

  // MARK: Branches

  /// What a branch found; nil where that is no news.
  mutating func fact(_ decision: RunExplanation.Decision, _ explanation: RunExplanation) -> String? {
    let step = steps[decision.step]
    guard case .branch(let taken) = step.effect,
      case .branch(let comparison, let width, let register, let operand, _) = step.instruction,
      let left = step.input(register)
    else { return "the loop's allowance" }
    if case .register(let other) = operand, let right = step.input(other),
      let bounds = Self.bounds(left, right, of: lengths[decision.step] ?? 0)
    {
      return bounds
    }
    if let only = decision.sources.first, decision.sources.count == 1,
      case .call(let call) = steps[only].effect,
      let answer = lookup(call, only, explanation), operand == .immediate(0)
    {
      return answer
    }
    // A pointer into something is never null, and a compiler may ask all the same.
    if left.place != nil, operand == .immediate(0) { return nil }
    if let field = commonField(decision.sources) { return "\(field.name) is \(field.text)" }
    let holds = taken ? comparison.symbol : comparison.opposite
    let right =
      switch operand {
      case .register(let register): step.input(register) ?? TraceValue(bits: 0)
      case .immediate(let value): TraceValue(bits: UInt64(bitPattern: Int64(value)))
      }
    let relation = "\(Self.number(left, width)) \(holds) \(Self.number(right, width))"
    let sources = descriptions(decision.sources, explanation)
    return sources.isEmpty ? relation : sources.joined(separator: ", ") + ", so \(relation)"
  }

  /// How the run ended.
  mutating func end(_ step: TraceStep, _ sources: [Int], _ explanation: RunExplanation) -> String {
    switch step.effect {
    case .trap(let trap): return "stopped: \(trap.message)"
    case .end(let value):
      let code = UInt32(truncatingIfNeeded: value.bits)
      let action =
        XDPAction(rawValue: code).map { "returns \(code), \($0.cName)" }
        ?? "returns \(code), which is no action"
      let sources = descriptions(sources, explanation)
      return sources.isEmpty ? action : sources.joined(separator: ", ") + ": \(action)"
    default: return "goes on"
    }
  }

  /// A comparison of a place in the packet with its end.
  private static func bounds(_ left: TraceValue, _ right: TraceValue, of whole: Int) -> String? {
    guard case .packet(let one, let length)? = left.place, case .packet(let other, _)? = right.place else {
      return nil
    }
    let needed = one == length ? other : one
    guard one == length || other == length else { return nil }
    let packet = whole > length ? "the packet's linear part" : "the packet"
    return needed > length
      ? "\(packet) has \(length) bytes, but \(needed) are needed"
      : "\(packet) has the \(needed) bytes that are needed"
  }

  /// Whether a map holds what was looked up.
  private func lookup(_ call: TraceCall, _ index: Int, _ explanation: RunExplanation) -> String? {
    guard let map = call.map, let argument = call.argument(.mapKey), let key = argument.bytes,
      let result = call.result, call.name.contains("lookup")
    else { return nil }
    let origin = argument.value.map { value in
      names(explanation.sources(ofBytes: value.bits..<value.bits &+ UInt64(key.count), at: index))
    }
    let from = origin.flatMap { $0.isEmpty ? nil : $0.joined(separator: ", ") }
    let shown = JSONText.line(types.key(key, of: map))
    guard result.place != nil else {
      return "\(map.name) does not hold \(shown)" + (from.map { ": \($0)" } ?? "")
    }
    if let prefix = LongestPrefix.key(covering: key, in: map.map), prefix != key {
      return "\(map.name) holds \(JSONText.line(types.key(prefix, of: map))), which covers \(from ?? shown)"
    }
    return "\(map.name) holds \(shown)" + (from.map { ": \($0)" } ?? "")
  }

  // MARK: Sources

  /// The one field that all these loads read.
  private func commonField(_ sources: [Int]) -> (name: String, text: String)? {
    guard let first = sources.first, let field = fields[first] else { return nil }
    return sources.allSatisfy { fields[$0]?.name == field.name } ? field : nil
  }

  /// The fields that these loads read, with their texts, each once.
  private func names(_ sources: [Int]) -> [String] {
    sources.compactMap { fields[$0] }.map { "\($0.name) \($0.text)" }.uniqued()
  }

  /// What the sources gave, each once in a story.
  private mutating func descriptions(_ sources: [Int], _ explanation: RunExplanation) -> [String] {
    let all = sources.compactMap { description($0) }.uniqued().filter { told.insert($0).inserted }
    return all.count <= 6 ? all : all.prefix(6) + ["and \(all.count - 6) more"]
  }

  private func description(_ index: Int) -> String? {
    if let field = fields[index] { return "\(field.name) is \(field.text)" }
    switch steps[index].effect {
    case .call(let call):
      return "\(call.name) gives \(call.result.map(Self.result) ?? "nothing")"
    case .memory(let access):
      if case .context(let offset) = access.place {
        let fields = XDPContext.layout(for: steps[index].program.attachType).fields
        let name = fields.first { $0.offset == offset }?.name ?? "ctx+\(offset)"
        return "\(name) is \(steps[index].change?.new?.description ?? "unknown")"
      }
      guard case .mapValue(let map, let key, let offset) = access.place else {
        return "\(access.place) is 0x\(Hex.text(access.old))"
      }
      // What the object says is no news.
      guard MapDump.isShown(map.map.definition) else { return nil }
      let place = key.map { "[\(JSONText.line(types.key($0, of: map)))]" } ?? ""
      let bytes = access.old
      if bytes.count == map.map.definition.valueSize, offset == 0 {
        return "\(map.name)\(place) is \(JSONText.line(types.value(bytes, of: map)))"
      }
      let number = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return "\(map.name)\(place)\(types.member(of: map, at: offset)) is \(number)"
    default: return nil
    }
  }

  /// A helper's result: numbers in decimal, as the comparison with them.
  private static func result(_ value: TraceValue) -> String {
    let isNumber = value.place == nil && value.bits < 1 << 63
    return isNumber ? "\(value.bits)" : TraceTypes.text(ofResult: value)
  }

  private static func number(_ value: TraceValue, _ width: Width) -> String {
    if let place = value.place { return place.description }
    return "\(width == .word ? value.bits & 0xffff_ffff : value.bits)"
  }
}

extension Comparison {
  /// The operator that holds where this one does not.
  fileprivate var opposite: String {
    let opposites: [Comparison: Comparison] = [
      .eq: .ne, .ne: .eq, .gt: .le, .le: .gt, .ge: .lt, .lt: .ge, .sgt: .sle, .sle: .sgt, .sge: .slt,
      .slt: .sge,
    ]
    return opposites[self]?.symbol ?? "has no bit of"
  }
}

extension [String] {
  /// Each once, in the order in which they come first.
  fileprivate func uniqued() -> [String] {
    var seen: Set<String> = []
    return filter { seen.insert($0).inserted }
  }
}
