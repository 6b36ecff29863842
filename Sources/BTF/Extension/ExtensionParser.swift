/// Reads the three parts of `.BTF.ext`, each a list of ELF sections with records of one length.
struct ExtensionParser: ~Escapable {
  private let data: RawSpan
  private let headerByteCount: Int
  private let btf: BTF
  private var strings: StringInterner

  @_lifetime(copy data)
  init(_ data: RawSpan, btf: BTF) throws(BTFError) {
    self.data = data
    self.btf = btf
    strings = StringInterner(try btf.stringSection())
    headerByteCount = try Header.checkedByteCount(data, minimum: 24, in: .ext(offset: 0))
  }

  mutating func functions() throws(BTFError) -> [String: [BTFExtension.FunctionRecord]] {
    let btf = self.btf
    return try part(field: 8, recordByteCount: 8) { (record, _) throws(BTFError) in
      guard case .function = btf[record[1]] else {
        throw BTFError(
          .misplacedReference(record[1], kind: btf[record[1]].kind),
          in: .ext(offset: record.offset)
        )
      }
      return BTFExtension.FunctionRecord(byteOffset: Int(record[0]), type: record[1])
    }
  }

  mutating func lines() throws(BTFError) -> [String: [BTFExtension.LineRecord]] {
    try part(field: 16, recordByteCount: 16) { (record, strings) throws(BTFError) in
      BTFExtension.LineRecord(
        byteOffset: Int(record[0]),
        file: try record.string(record[1], from: &strings),
        line: Int(record[3] >> 10),
        column: Int(record[3] & 0x3ff),
        text: try record.string(record[2], from: &strings)
      )
    }
  }

  mutating func relocations() throws(BTFError) -> [String: [CORERelocation]] {
    guard headerByteCount >= 32 else { return [:] }
    let typeCount = btf.types.count
    return try part(field: 24, recordByteCount: 16) { (record, strings) throws(BTFError) in
      guard let kind = CORERelocation.Kind(rawValue: record[3]) else {
        throw BTFError(.relocation(.unknownKind(Int(record[3]))), in: .ext(offset: record.offset))
      }
      guard record[1] < typeCount else {
        throw BTFError(.noSuchType(record[1], count: typeCount), in: .ext(offset: record.offset))
      }
      return CORERelocation(
        byteOffset: Int(record[0]),
        kind: kind,
        type: record[1],
        access: try record.string(record[2], from: &strings)
      )
    }
  }

  /// The words of one record that we know.
  private struct Record {
    var words: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
    /// From the start of `.BTF.ext`, in bytes.
    var offset: Int

    subscript(index: Int) -> UInt32 {
      switch index {
      case 0: words.0
      case 1: words.1
      case 2: words.2
      default: words.3
      }
    }

    func string(_ offset: UInt32, from strings: inout StringInterner) throws(BTFError) -> String {
      do throws(BTFError.Fault) {
        return try strings.string(at: offset)
      } catch {
        throw BTFError(error, in: .ext(offset: self.offset))
      }
    }
  }

  /// Reads one part, whose place stands in the header at `field`.
  private mutating func part<Element>(
    field: Int,
    recordByteCount minimum: Int,
    _ element: (Record, inout StringInterner) throws(BTFError) -> Element
  ) throws(BTFError) -> [String: [Element]] {
    var cursor = headerByteCount + Int(try word(at: field))
    let byteCount = Int(try word(at: field + 4))
    guard byteCount > 0 else { return [:] }
    let end = cursor + byteCount
    guard end <= data.byteCount else { throw truncated(byteCount, at: cursor, end: data.byteCount) }
    let recordByteCount = Int(try word(at: cursor, end: end))
    guard recordByteCount >= minimum else {
      throw BTFError(.tooShort(byteCount: recordByteCount, minimum: minimum), in: .ext(offset: cursor))
    }
    cursor += 4
    var parts: [String: [Element]] = [:]
    while cursor < end {
      let nameOffset = try word(at: cursor, end: end)
      let name = try Record(offset: cursor).string(nameOffset, from: &strings)
      let count = Int(try word(at: cursor + 4, end: end))
      cursor += 8
      let (total, overflow) = count.multipliedReportingOverflow(by: recordByteCount)
      guard !overflow, total <= end - cursor else { throw truncated(total, at: cursor, end: end) }
      var elements = parts.removeValue(forKey: name) ?? []
      for _ in 0..<count {
        let record = try record(at: cursor, byteCount: minimum)
        elements.append(try element(record, &strings))
        cursor += recordByteCount
      }
      parts[name] = elements
    }
    return parts
  }

  private func record(at offset: Int, byteCount: Int) throws(BTFError) -> Record {
    var record = Record(offset: offset)
    record.words.0 = try word(at: offset)
    record.words.1 = try word(at: offset + 4)
    if byteCount == 16 {
      record.words.2 = try word(at: offset + 8)
      record.words.3 = try word(at: offset + 12)
    }
    return record
  }

  private func word(at offset: Int, end: Int = .max) throws(BTFError) -> UInt32 {
    guard offset + 4 <= end, let word = data.littleEndian(at: offset, as: UInt32.self) else {
      throw truncated(4, at: offset, end: min(end, data.byteCount))
    }
    return word
  }

  private func truncated(_ needed: Int, at offset: Int, end: Int) -> BTFError {
    BTFError(.truncated(needed: needed, available: max(0, end - offset)), in: .ext(offset: offset))
  }
}
