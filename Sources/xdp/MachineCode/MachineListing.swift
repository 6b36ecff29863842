import BPF
import BPFJIT
import XDP
import XDPToolchain

/// A program's machine code, slot by slot.
struct MachineListing {
  /// Machine code that belongs together: what one BPF instruction became, or what stands around them.
  struct Part {
    /// The function that begins here, or nil.
    var function: String?
    /// The BPF instruction; nil for what enters and leaves functions and for other code of the engine's own.
    var slot: Int?
    var offset: Int
    var bytes: ArraySlice<UInt8>
  }

  let code: CodeListing
  let program: Program
  let parts: [Part]
  /// The machine's instructions by their offset, where there is a disassembler.
  private let instructions: [MachineDisassembler.Instruction]?

  /// Makes the listing of a program's code.
  init(_ code: CodeListing, of program: Program, _ disassembler: MachineDisassembler?) async {
    self.code = code
    self.program = program
    var starts: [Int: (function: String?, slot: Int?)] = [:]
    for (slot, offset) in code.slots { starts[offset] = (nil, min(slot, starts[offset]?.slot ?? slot)) }
    for function in code.functions { starts[function.offset, default: (nil, nil)].function = function.name }
    let ordered = starts.sorted { $0.key < $1.key }
    parts = ordered.enumerated().map { index, start in
      let end = index + 1 < ordered.count ? ordered[index + 1].key : code.bytes.count
      return Part(
        function: start.value.function,
        slot: start.value.slot,
        offset: start.key,
        bytes: code.bytes[start.key..<end]
      )
    }
    let architecture: MachineDisassembler.Architecture =
      switch code.instructionSet {
      case .x86_64: .x86_64
      case .arm64: .arm64
      }
    instructions = await disassembler?.instructions(of: code.bytes, architecture)
  }

  /// The machine's instructions of a part; nil where there is no disassembler.
  private func instructions(of part: Part) -> [MachineDisassembler.Instruction]? {
    guard let instructions else { return nil }
    return instructions.filter { part.bytes.indices.contains($0.offset) }
  }

  // MARK: For programs

  /// The document.
  var document: JSONValue {
    let texts = Dictionary(
      program.listing.map { ($0.slot, $0.instruction.description) },
      uniquingKeysWith: { first, _ in first }
    )
    return [
      "instructionSet": .string(code.instructionSet.rawValue),
      "bytes": .number(code.bytes.count),
      "functions": .array(
        code.functions.map {
          [
            "name": .string($0.name), "slot": $0.slot.map { .number($0) } ?? .null,
            "offset": .number($0.offset),
          ]
        }
      ),
      "code": .array(parts.map { document($0, texts) }),
    ]
  }

  private func document(_ part: Part, _ texts: [Int: String]) -> JSONValue {
    var document: JSONObject = [
      "slot": part.slot.map { .number($0) } ?? .null,
      "offset": .number(part.offset),
      "bytes": .hex(Array(part.bytes)),
    ]
    if let slot = part.slot {
      document["text"] = texts[slot].map { .string($0) } ?? .null
      if let line = program.lines[slot] {
        document["file"] = .string(line.file)
        document["line"] = .number(line.line)
        document["source"] = .string(line.text)
      }
    }
    if let instructions = instructions(of: part) {
      document["instructions"] = .array(
        instructions.map { ["offset": .number($0.offset), "text": .string($0.text)] }
      )
    }
    return .object(document)
  }

  // MARK: For people

  /// The lines, each BPF instruction under the source line that it came from.
  var lines: [String] {
    var lines = [
      "\(program.name): \(code.bytes.count) bytes for \(code.instructionSet.rawValue)"
        + (instructions == nil ? " (no llvm-objdump beside swift or in PATH: bytes only)" : "")
    ]
    let listing = Dictionary(program.listing.map { ($0.slot, $0.instruction) }) { first, _ in first }
    var shown: SourceLine?
    for part in parts {
      if let function = part.function {
        lines += ["", Console.styled(function + ":", .bold, on: Terminal.isOutput)]
      }
      if let slot = part.slot {
        if let line = program.lines[slot], line.line > 0, (line.file, line.line) != (shown?.file, shown?.line)
        {
          shown = line
          let text = line.text.drop { $0 == " " || $0 == "\t" }
          lines.append(dimmed("; \(text.isEmpty ? "" : text + "  ")@ \(line.file):\(line.line)"))
        }
        if let instruction = listing[slot] {
          let name = program.mapName(in: instruction).map { "  ; \($0)" } ?? ""
          lines.append(padded(String(slot), 6) + ": \(instruction.description)" + dimmed(name))
        }
      }
      lines += machineLines(part)
    }
    return lines
  }

  private func machineLines(_ part: Part) -> [String] {
    guard let instructions = instructions(of: part) else {
      return stride(from: part.bytes.startIndex, to: part.bytes.endIndex, by: 16).map { start in
        line(start, part.bytes[start..<min(start + 16, part.bytes.endIndex)], "")
      }
    }
    return instructions.enumerated().map { index, instruction in
      let end = index + 1 < instructions.count ? instructions[index + 1].offset : part.bytes.endIndex
      return line(instruction.offset, part.bytes[instruction.offset..<end], instruction.text)
    }
  }

  private func line(_ offset: Int, _ bytes: ArraySlice<UInt8>, _ text: String) -> String {
    let digits = bytes.map { Hex.text([$0]) }.joined(separator: " ")
    let place = padded(String(offset, radix: 16), 12)
    guard !text.isEmpty else { return place + "  " + digits }
    return place + "  " + digits + String(repeating: " ", count: max(1, 32 - digits.count)) + text
  }

  private func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  private func dimmed(_ text: String) -> String { Console.styled(text, .blue, on: Terminal.isOutput) }
}
