import BPF
public import BTF

extension ObjectFile {
  /// Changes a map's capacity (`max_entries`) before linking.
  ///
  /// Of a data section's map it is the number of elements of its last variable, which must be an array.
  public mutating func resize(map: String, to count: Int) throws(ObjectError) {
    guard let index = maps.firstIndex(where: { $0.name == map }) else {
      throw ObjectError(.noSuchMap(available: maps.map(\.name)), file: name, symbol: map)
    }
    if case .section = maps[index].initialContents { return try resizeSection(index, to: count) }
    guard count > 0, count <= UInt32.max else {
      let reason = "a capacity is from 1 to \(UInt32.max)"
      throw ObjectError(.capacity(count, reason), file: name, symbol: map)
    }
    maps[index].maxEntries = count
  }

  /// The bytes of a global variable as they are now.
  public func bytes(of global: GlobalVariable) -> [UInt8] {
    guard maps.indices.contains(global.map),
      case .section(_, let contents) = maps[global.map].initialContents,
      global.offset >= 0, global.byteCount >= 0, global.byteCount <= Self.writableLimit
    else { return [] }
    let present = Array(contents.dropFirst(global.offset).prefix(global.byteCount))
    return present + [UInt8](repeating: 0, count: global.byteCount - present.count)
  }

  /// Sets a global variable to exactly its bytes, in little-endian order.
  public mutating func setGlobal(_ variable: String, to bytes: [UInt8]) throws(ObjectError) {
    let global = try global(variable)
    guard bytes.count == global.byteCount else {
      throw error(.valueSize(bytes.count, expected: global.byteCount), global)
    }
    guard case .section(let kind, var contents) = maps[global.map].initialContents else { return }
    let end = global.offset + global.byteCount
    guard end <= Self.writableLimit else {
      throw error(.valueRange("lies beyond the first \(Self.writableLimit) bytes, which can be set"), global)
    }
    maps[global.map].initialContents = .none
    if contents.count < end { contents += [UInt8](repeating: 0, count: end - contents.count) }
    contents.replaceSubrange(global.offset..<end, with: bytes)
    maps[global.map].initialContents = .section(kind, contents)
  }

  /// Sets a global variable of 1, 2, 4 or 8 bytes to an integer, which may be signed or not whatever the
  /// variable's type says.
  public mutating func setGlobal(_ variable: String, to value: some BinaryInteger) throws(ObjectError) {
    let global = try global(variable)
    guard [1, 2, 4, 8].contains(global.byteCount) else {
      throw error(.valueRange("has \(global.byteCount) bytes and is no integer"), global)
    }
    let bitCount = global.byteCount * 8
    guard value >= Int64.min >> (64 - bitCount), value <= UInt64.max >> (64 - bitCount) else {
      throw error(.valueRange("\(value) doesn't fit into \(bitCount) bits"), global)
    }
    let bits = UInt64(truncatingIfNeeded: value)
    try setGlobal(variable, to: (0..<global.byteCount).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) })
  }

  /// Sets a global variable to a value of its type in the object's BTF.
  ///
  /// A variable without a type takes bytes and integers.
  public mutating func setGlobal(_ variable: String, to value: BTFValue) throws(ObjectError) {
    let global = try global(variable)
    switch (value, btf) {
    case (.bytes(let bytes), _): try setGlobal(variable, to: bytes)
    case (_, let btf?) where global.type != 0:
      let bytes: [UInt8]
      do throws(BTFError) {
        bytes = try btf.encode(value, as: global.type)
      } catch {
        throw self.error(.btf(error), global)
      }
      try setGlobal(variable, to: bytes)
    case (.integer(let value), _): try setGlobal(variable, to: value)
    case (.unsigned(let value), _): try setGlobal(variable, to: value)
    default: throw error(.needsBTF, global)
    }
  }

  /// How far into a `.bss` map bytes other than zero can be set.
  private static var writableLimit: Int { 64 << 20 }

  private func global(_ variable: String) throws(ObjectError) -> GlobalVariable {
    let found = globals.filter { $0.name == variable }
    guard let first = found.first else {
      throw ObjectError(.noSuchGlobal(available: globals.map(\.name)), file: name, symbol: variable)
    }
    guard found.count == 1 else {
      throw ObjectError(.ambiguousGlobal(sections: found.map(\.section)), file: name, symbol: variable)
    }
    return first
  }

  private func error(_ fault: ObjectError.Fault, _ global: GlobalVariable) -> ObjectError {
    ObjectError(fault, file: name, section: global.section, offset: global.offset, symbol: global.name)
  }
}
