import BPF
import Foundation

/// Reads the cases of one file; `ConformanceCase` describes the format.
struct ConformanceFile {
  /// Every case of every file, in order of the files' names.
  static func all() throws -> [ConformanceCase] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/conformance")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "txt" }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }
    return try files.flatMap { url in
      try cases(in: String(contentsOf: url, encoding: .utf8), named: url.lastPathComponent)
    }
  }

  /// The cases in a text.
  static func cases(in text: String, named file: String) throws(MalformedCase) -> [ConformanceCase] {
    var reader = ConformanceFile(file: file)
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, line) in lines.enumerated() { try reader.read(line, number: index + 1) }
    try reader.finish()
    return reader.cases
  }

  private static let fields = ["memory", "r0", "after", "error", "untracked", "kernel"]

  private let file: String
  private var cases: [ConformanceCase] = []
  private var names: Set<String> = []
  /// Of the case being read: its first line, name, lines of code with their numbers, and fields.
  private var start: (line: Int, name: String)?
  private var code: [(number: Int, text: Substring)] = []
  private var values: [String: (number: Int, text: String)] = [:]

  private init(file: String) { self.file = file }

  private mutating func read(_ line: Substring, number: Int) throws(MalformedCase) {
    if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { return }
    if line.hasPrefix("== ") {
      try finish()
      start = (number, String(line.dropFirst(3)))
    } else if start == nil {
      throw failure("a case begins with '== ' and its name", at: number)
    } else if line.first?.isWhitespace == true {
      code.append((number, line))
    } else {
      try readField(line, number: number)
    }
  }

  private mutating func readField(_ line: Substring, number: Int) throws(MalformedCase) {
    let parts = line.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, let name = Self.fields.first(where: { $0 == parts[0] }) else {
      throw failure("neither indented code nor a field (\(Self.fields.joined(separator: ", ")))", at: number)
    }
    let text = parts[1].trimmingCharacters(in: .whitespaces)
    guard values.updateValue((number, text), forKey: name) == nil else {
      throw failure("a second '\(name)' in one case", at: number)
    }
  }

  /// Ends the case being read.
  private mutating func finish() throws(MalformedCase) {
    guard let start else { return }
    guard names.insert(start.name).inserted else {
      throw failure("a second case named '\(start.name)'", at: start.line)
    }
    let memory = try bytes(of: "memory") ?? []
    let expectation = try expectation(memoryByteCount: memory.count, line: start.line)
    cases.append(
      ConformanceCase(
        file: file,
        line: start.line,
        name: start.name,
        memory: memory,
        code: try assembled(),
        expectation: expectation,
        untracked: try untracked(expectation, line: start.line),
        judgement: try judgement()
      )
    )
    self.start = nil
    code = []
    values = [:]
  }

  private func assembled() throws(MalformedCase) -> [Instruction] {
    do {
      return try Assembler.assemble(code.map(\.text).joined(separator: "\n"))
    } catch {
      throw failure(
        "column \(error.column): expected \(error.expected), found \(error.found)",
        at: code[error.line - 1].number
      )
    }
  }

  private func expectation(
    memoryByteCount: Int,
    line: Int
  ) throws(MalformedCase) -> ConformanceCase.Expectation {
    switch (values["r0"], values["error"]) {
    case (nil, let error?):
      if let after = values["after"] { throw failure("'after' of code that is stopped", at: after.number) }
      return .stops(error.text)
    case (let r0?, nil):
      guard let value = Self.number(r0.text) else {
        throw failure("'\(r0.text)' is no 64-bit number", at: r0.number)
      }
      let after = try bytes(of: "after")
      if let after, after.count != memoryByteCount {
        throw failure(
          "\(after.count) bytes after, but \(memoryByteCount) before",
          at: values["after"]?.number ?? line
        )
      }
      return .returns(value, memory: after)
    case (nil, nil): throw failure("neither 'r0' nor 'error'", at: line)
    case (_?, let error?): throw failure("both 'r0' and 'error'", at: error.number)
    }
  }

  private func untracked(
    _ expectation: ConformanceCase.Expectation,
    line: Int
  ) throws(MalformedCase) -> ConformanceCase.Expectation {
    guard expectation == .stops("uninitialized") else {
      if let field = values["untracked"] {
        throw failure("'untracked' of code that reads only what was written", at: field.number)
      }
      return expectation
    }
    guard let field = values["untracked"] else {
      throw failure("'error: uninitialized' needs 'untracked' too", at: line)
    }
    return Self.number(field.text).map { .returns($0, memory: nil) } ?? .stops(field.text)
  }

  private func judgement() throws(MalformedCase) -> ConformanceCase.Judgement {
    guard let field = values["kernel"] else { return .agrees }
    guard let judgement = ConformanceCase.Judgement(rawValue: field.text), judgement != .agrees else {
      throw failure("'\(field.text)' is neither 'refuses' nor 'main'", at: field.number)
    }
    return judgement
  }

  private func bytes(of field: String) throws(MalformedCase) -> [UInt8]? {
    guard let value = values[field] else { return nil }
    let digits = value.text.filter { !$0.isWhitespace }.map(\.hexDigitValue)
    guard digits.count.isMultiple(of: 2) else { throw failure("half a byte in '\(field)'", at: value.number) }
    return try stride(from: 0, to: digits.count, by: 2).map { index throws(MalformedCase) in
      guard let high = digits[index], let low = digits[index + 1] else {
        throw failure("'\(field)' is not hexadecimal", at: value.number)
      }
      return UInt8(high << 4 | low)
    }
  }

  private static func number(_ text: String) -> UInt64? {
    text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
  }

  private func failure(_ reason: String, at line: Int) -> MalformedCase {
    MalformedCase(file: file, line: line, reason: reason)
  }
}
