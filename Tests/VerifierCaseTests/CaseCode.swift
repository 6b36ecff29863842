import BPF
import Foundation

/// The code of a case, assembled, with what the assembler has no words for put in its place.
struct CaseCode {
  private(set) var instructions: [Instruction] = []
  private(set) var functions: [Function] = []
  private(set) var externs: [Extern] = []
  private let lines: [CaseLine]

  init(
    _ lines: [CaseLine],
    maps: [String],
    declared: Set<String>,
    _ types: inout TypeNotation
  ) throws(CaseFault) {
    self.lines = lines
    var texts: [String] = []
    for line in lines { texts.append(try plain(line, maps: maps, &types)) }
    let text = texts.joined(separator: "\n")
    do {
      instructions = try Assembler.assemble(text)
    } catch {
      throw lines[error.line - 1].fault(
        "column \(error.column): expected \(error.expected), found \(error.found)"
      )
    }
    placeExterns()
    functions = Self.functions(in: instructions, labels: Self.labels(in: texts), declared)
  }

  /// Where every instruction came from, by slot.
  func sourceLines(of file: String) -> [Int: SourceLine] {
    var places: [Int: SourceLine] = [:]
    var slot = 0, index = 0
    for line in lines where !Self.instruction(in: line.text).isEmpty {
      guard index < instructions.count else { break }
      let text = line.text
      let column = text.prefix { $0.isWhitespace }.count + 1
      places[slot] = SourceLine(file: file, line: line.number, column: column, text: text)
      slot += instructions[index].slotCount
      index += 1
    }
    return places
  }

  // MARK: Words of the case's own

  /// A line in the assembler's syntax.
  private mutating func plain(
    _ line: CaseLine,
    maps: [String],
    _ types: inout TypeNotation
  ) throws(CaseFault) -> String {
    var text = line.text
    if text.contains("[") {
      do { text = try KernelTypes.placing(text) } catch { throw line.fault("\(error)") }
    }
    if let name = Self.rest(of: text, after: "call kernel ") {
      return text.prefix { $0.isWhitespace } + "call kernel-function#\(reference(name, .function))"
    }
    if let name = Self.rest(of: text, after: "= kernel "), let place = text.range(of: "kernel ") {
      return text[..<place.lowerBound] + "btf[id:\(reference(name, .variable))]"
    }
    if let name = Self.rest(of: text, after: "= type "), let place = text.range(of: "type ") {
      guard let type = types.structure(named: name) else { throw line.fault("no struct '\(name)'") }
      return text[..<place.lowerBound] + "\(type)"
    }
    guard let open = text.range(of: "map["), let close = text[open.upperBound...].firstIndex(of: "]") else {
      return text
    }
    let name = String(text[open.upperBound..<close])
    guard let index = maps.firstIndex(of: name) else { throw line.fault("no map '\(name)'") }
    text.replaceSubrange(open.upperBound..<close, with: "idx:\(index)")
    return text
  }

  private static func rest(of text: String, after words: String) -> String? {
    guard let place = text.range(of: words) else { return nil }
    return text[place.upperBound...].trimmingCharacters(in: .whitespaces)
  }

  /// The number, from 1, of an extern of this name, which stands in the code until it is placed.
  private mutating func reference(_ name: String, _ kind: Extern.Kind) -> Int {
    if let index = externs.firstIndex(where: { $0.name == name }) { return index + 1 }
    externs.append(Extern(name: name, kind: kind, isWeak: false, type: 0, slots: []))
    return externs.count
  }

  private mutating func placeExterns() {
    guard !externs.isEmpty else { return }
    var slot = 0
    for index in instructions.indices {
      switch instructions[index] {
      case .call(.kernelFunction(let number, 0)) where externs.indices.contains(Int(number) - 1):
        externs[Int(number) - 1].slots.append(slot)
        instructions[index] = .call(.kernelFunction(btfID: 0, module: 0))
      case .loadImmediate(let register, .kernelVariable(let number, 0))
      where externs.indices.contains(Int(number) - 1):
        externs[Int(number) - 1].slots.append(slot)
        instructions[index] = .loadImmediate(register, .kernelVariable(btfID: 0, module: 0))
      default: break
      }
      slot += instructions[index].slotCount
    }
  }

  // MARK: Functions

  /// The text after a label and before a comment.
  private static func instruction(in text: String) -> String {
    var rest = text.trimmingCharacters(in: .whitespaces)
    while let label = label(in: rest) {
      rest = rest.dropFirst(label.count + 1).trimmingCharacters(in: .whitespaces)
    }
    return ["//", ";", "#"].contains { rest.hasPrefix($0) } ? "" : rest
  }

  private static func label(in text: String) -> String? {
    let name = text.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    return !name.isEmpty && text.dropFirst(name.count).first == ":" ? String(name) : nil
  }

  /// Slot to label.
  private static func labels(in texts: [String]) -> [Int: String] {
    let names = texts.compactMap { label(in: $0.trimmingCharacters(in: .whitespaces)) }
    var labels: [Int: String] = [:]
    // A jump to each label, behind the code, says where they are.
    let jumps = names.map { "gotol \($0)" }
    guard !names.isEmpty, let probed = try? Assembler.assemble((texts + jumps).joined(separator: "\n")) else {
      return [:]
    }
    var place = probed.dropLast(names.count).reduce(0) { $0 + $1.slotCount }
    for (name, jump) in zip(names, probed.suffix(names.count)) {
      place += 1
      guard case .jumpLong(let offset) = jump else { continue }
      labels[place + Int(offset)] = name
    }
    return labels
  }

  private static func functions(
    in instructions: [Instruction],
    labels: [Int: String],
    _ declared: Set<String>
  ) -> [Function] {
    var slots: Set<Int> = [0]
    for (slot, label) in labels where declared.contains(label) { slots.insert(slot) }
    var slot = 0
    for instruction in instructions {
      switch instruction {
      case .call(.local(let offset)), .loadImmediate(_, .function(let offset)):
        slots.insert(slot + 1 + Int(offset))
      default: break
      }
      slot += instruction.slotCount
    }
    return slots.filter { (0..<slot).contains($0) }.sorted().map { start in
      let name = start == 0 ? "entry" : labels[start] ?? "function_\(start)"
      return Function(name: name, slot: start, isGlobal: start == 0)
    }
  }
}
