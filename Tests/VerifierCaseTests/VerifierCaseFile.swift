import BPF
import BTF
import Foundation

/// Reads the cases of one file; `VerifierCase` describes the format.
struct VerifierCaseFile {
  /// Where the files lie.
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/verifier")

  /// The files, in order of their names.
  static func files() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "txt" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  /// Every case of every file, in order of the files' names.
  static func all() throws -> [VerifierCase] {
    try files().flatMap { url in
      try cases(in: String(contentsOf: url, encoding: .utf8), named: url.lastPathComponent)
    }
  }

  /// The cases in a text.
  static func cases(in text: String, named file: String) throws(MalformedVerifierCase) -> [VerifierCase] {
    var reader = VerifierCaseFile(file: file)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    do throws(CaseFault) {
      for (index, line) in lines.enumerated() {
        for line in CaseLine(number: index + 1, text: String(line)).repeated { try reader.read(line) }
      }
      try reader.finish()
    } catch {
      throw MalformedVerifierCase(file: file, line: error.line, reason: error.reason)
    }
    return reader.cases
  }

  /// The fields that a case may have more than once.
  private static let repeated = ["map", "type", "function"]
  private static let single = ["attach", "flags", "license", "types", "kernel", "ours", "message"]
  private static var fields: [String] { repeated + single }

  private let file: String
  private var cases: [VerifierCase] = []
  private var names: Set<String> = []
  /// The fields before the first case.
  private var common: [String: [CaseLine]] = [:]
  /// Of the case being read: its first line with its name, its code and its fields.
  private var start: CaseLine?
  private var code: [CaseLine] = []
  private var values: [String: [CaseLine]] = [:]

  private init(file: String) { self.file = file }

  private mutating func read(_ line: CaseLine) throws(CaseFault) {
    if line.text.allSatisfy(\.isWhitespace) || line.text.hasPrefix("#") { return }
    if line.text.hasPrefix("== ") {
      try finish()
      start = CaseLine(number: line.number, text: String(line.text.dropFirst(3)))
    } else if line.text.first?.isWhitespace != true {
      try readField(line)
    } else if start == nil {
      throw line.fault("a case begins with '== ' and its name")
    } else {
      code.append(line)
    }
  }

  private mutating func readField(_ line: CaseLine) throws(CaseFault) {
    let parts = line.text.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let name = Self.fields.first(where: { $0 == parts[0] }) else {
      throw line.fault("neither indented code nor a field (\(Self.fields.joined(separator: ", ")))")
    }
    let value = CaseLine(number: line.number, text: parts[1].trimmingCharacters(in: .whitespaces))
    if start == nil {
      guard !["kernel", "ours", "message"].contains(name) else {
        throw line.fault("'\(name)' before the first case")
      }
      common[name, default: []].append(value)
      return
    }
    guard Self.repeated.contains(name) || values[name] == nil else {
      throw line.fault("a second '\(name)' in one case")
    }
    values[name, default: []].append(value)
  }

  /// The lines of a field: the case's own, or else those that hold for the whole file.
  private func lines(of field: String) -> [CaseLine] { values[field] ?? common[field] ?? [] }

  /// Ends the case being read.
  private mutating func finish() throws(CaseFault) {
    guard let start else { return }
    guard names.insert(start.text).inserted else { throw start.fault("a second case named '\(start.text)'") }
    cases.append(
      VerifierCase(
        file: file,
        line: start.number,
        name: start.text,
        program: try program(),
        kernel: try verdict(start),
        difference: try difference(),
        message: lines(of: "message").first?.text,
        wantsKernelTypes: lines(of: "types").first?.text == "kernel"
      )
    )
    self.start = nil
    code = []
    values = [:]
  }

  private func program() throws(CaseFault) -> Program {
    let types = lines(of: "type"), functions = lines(of: "function")
    var notation = TypeNotation()
    for line in types { try notation.declareStructure(line) }
    let maps = try CaseMaps(lines(of: "map"), &notation)
    let declared = Set(functions.compactMap { TypeNotation.functionName(in: $0.text) })
    let assembled = try CaseCode(code, maps: maps.names, declared: declared, &notation)
    let takesAddresses = assembled.instructions.contains { instruction in
      if case .loadImmediate(_, .function) = instruction { true } else { false }
    }
    var list = assembled.functions
    if !functions.isEmpty || takesAddresses {
      try notation.declareFunctions(functions, for: &list)
    }
    return Program(
      "entry",
      assembled.instructions,
      attachType: try attachType(),
      flags: try flags(),
      license: lines(of: "license").first?.text ?? "GPL",
      functions: list,
      lines: assembled.sourceLines(of: file),
      maps: maps.definitions,
      externs: assembled.externs,
      btf: notation.isEmpty ? nil : notation.btf
    )
  }

  private func attachType() throws(CaseFault) -> AttachType {
    guard let line = lines(of: "attach").first else { return .xdp }
    guard let type = AttachType.allCases.first(where: { "\($0)" == line.text }) else {
      throw line.fault("'\(line.text)' is neither 'xdp' nor 'devmap' nor 'cpumap'")
    }
    return type
  }

  private func flags() throws(CaseFault) -> ProgramFlags {
    guard let line = lines(of: "flags").first else { return [] }
    var flags: ProgramFlags = []
    for word in line.text.split(separator: " ") {
      switch word {
      case "frags": flags.insert(.frags)
      case "deviceBound": flags.insert(.deviceBound)
      default: throw line.fault("'\(word)' is neither 'frags' nor 'deviceBound'")
      }
    }
    return flags
  }

  private func verdict(_ start: CaseLine) throws(CaseFault) -> VerifierCase.Verdict {
    guard let line = lines(of: "kernel").first else { throw start.fault("no 'kernel'") }
    if line.text == "accepts" { return .accepts }
    guard line.text == "refuses" || line.text.hasPrefix("refuses ") else {
      throw line.fault("'\(line.text)' is neither 'accepts' nor 'refuses' with words of the reason")
    }
    return .refuses(line.text.dropFirst(7).trimmingCharacters(in: .whitespaces))
  }

  private func difference() throws(CaseFault) -> VerifierCase.Difference? {
    guard let line = lines(of: "ours").first else { return nil }
    for (word, accepts) in [("accepts", true), ("refuses", false)]
    where line.text.hasPrefix("\(word) because ") {
      let reason = String(line.text.dropFirst(word.count + 9))
      return VerifierCase.Difference(accepts: accepts, reason: reason)
    }
    throw line.fault("'\(line.text)' is neither 'accepts because …' nor 'refuses because …'")
  }
}

extension CaseLine {
  /// What `repeat 3: r# = #` stands for, on a line of code or in a field: the text three times, with 0, 1 and 2 for `#`.
  fileprivate var repeated: [CaseLine] {
    guard let place = text.range(of: "repeat "), let colon = text[place.upperBound...].firstIndex(of: ":"),
      let count = Int(text[place.upperBound..<colon])
    else { return [self] }
    let head = text[..<place.lowerBound], tail = text[text.index(after: colon)...].drop { $0 == " " }
    return (0..<count).flatMap { index in
      tail.replacingOccurrences(of: "#", with: "\(index)").components(separatedBy: " | ")
        .map { CaseLine(number: number, text: head + $0) }
    }
  }
}
