/// What is wrong with BTF data, or with what was asked of it, and where.
public struct BTFError: Error, Hashable, Sendable {
  /// Where the fault is.
  public var place: Place
  /// What the fault is.
  public var fault: Fault

  /// Makes an error.
  public init(_ fault: Fault, in place: Place) {
    self.place = place
    self.fault = fault
  }

  /// Where a fault is.
  public enum Place: Hashable, Sendable {
    /// In the header of `.BTF`.
    case header
    /// In the string section of `.BTF`.
    case strings
    /// In a type; the offset counts bytes from the start of the type section.
    case type(BTF.TypeID, offset: Int)
    /// In a type whose place in a file doesn't matter.
    case typeNumber(BTF.TypeID)
    /// At a byte of `.BTF.ext`, counted from its start.
    case ext(offset: Int)
    /// In a value, by its path from the outermost one, such as `.address.bytes[3]`.
    case value(path: String)
    /// In a CO-RE relocation, as a person reads it.
    case relocation(String)
  }

  /// What a fault is.
  public enum Fault: Error, Hashable, Sendable {
    /// The first two bytes are not `BTF_MAGIC`.
    case notBTF(magic: UInt16)
    /// The data is for a big-endian machine.
    case bigEndian
    /// A version other than 1.
    case unsupportedVersion(Int)
    /// Header flags that nobody has defined yet.
    case unsupportedFlags(Int)
    /// Something reaches past the end of what holds it.
    case truncated(needed: Int, available: Int)
    /// A header or record that is too short to be one.
    case tooShort(byteCount: Int, minimum: Int)
    /// The type section doesn't begin on a multiple of four bytes.
    case misaligned(offset: Int)
    /// The string section doesn't begin or end with a zero byte.
    case unterminatedStrings
    /// A string begins past the end of the string section.
    case noSuchString(offset: Int, limit: Int)
    /// The strings overlap so much that copying them would take far more memory than the file.
    case overlappingStrings
    /// A kind that is not in the format.
    case unknownKind(Int)
    /// A size that the kind can't have.
    case invalidSize(kind: BTFType.Kind, byteCount: Int)
    /// Bits of an integer that don't fit into it, or an unknown encoding.
    case invalidInteger(byteCount: Int, bitOffset: Int, bitCount: Int, encoding: Int)
    /// A linkage that is not in the format.
    case invalidLinkage(Int)
    /// A tag's component number below -1.
    case invalidComponent(Int)
    /// A reference to a type that doesn't exist.
    case noSuchType(BTF.TypeID, count: Int)
    /// A reference to a kind of type that can't stand there, such as a pointer to a data section.
    case misplacedReference(BTF.TypeID, kind: BTFType.Kind)
    /// A type that contains itself or is an alias of itself.
    case cycle([BTF.TypeID])
    /// Types that nest deeper than any real ones.
    case tooDeep(limit: Int)
    /// There are more types, members or bytes than the format has room for.
    case tooLarge(String)
    /// A fault of decoding or encoding a value.
    case value(ValueFault)
    /// A fault of a CO-RE relocation.
    case relocation(RelocationFault)
  }
}

extension BTFError: CustomStringConvertible {
  /// Place and reason in one line.
  public var description: String { "\(place): \(fault)" }
}

extension BTFError.Place: CustomStringConvertible {
  /// The place as a person reads it.
  public var description: String {
    switch self {
    case .header: "BTF header"
    case .strings: "BTF string section"
    case .type(let id, let offset): "BTF type \(id) (byte \(offset) of the type section)"
    case .typeNumber(let id): "BTF type \(id)"
    case .ext(let offset): ".BTF.ext at byte \(offset)"
    case .value(let path): path.isEmpty ? "value" : "value\(path)"
    case .relocation(let text): "CO-RE relocation \(text)"
    }
  }
}

extension BTFError.Fault: CustomStringConvertible {
  /// The reason as a person reads it.
  public var description: String {
    switch self {
    case .notBTF(let magic):
      "not BTF: starts with 0x\(String(magic, radix: 16)) instead of 0xeb9f"
    case .bigEndian:
      "big-endian BTF is not supported; compile for the little-endian target (clang -target bpfel)"
    case .unsupportedVersion(let version): "version \(version) is not supported, only version 1"
    case .unsupportedFlags(let flags): "unknown header flags 0x\(String(flags, radix: 16))"
    case .truncated(let needed, let available): "needs \(needed) bytes, but only \(available) are left"
    case .tooShort(let byteCount, let minimum): "is \(byteCount) bytes long, at least \(minimum) are needed"
    case .misaligned(let offset): "the type section begins at byte \(offset), not a multiple of 4"
    case .unterminatedStrings: "the strings do not begin and end with a zero byte"
    case .noSuchString(let offset, let limit):
      "names the string at \(offset), but the strings end at \(limit)"
    case .overlappingStrings: "its strings overlap too much to be read"
    case .unknownKind(let kind): "unknown kind \(kind)"
    case .invalidSize(let kind, let byteCount): "a \(kind) can't be \(byteCount) bytes long"
    case .invalidInteger(let byteCount, let bitOffset, let bitCount, let encoding):
      "bits \(bitOffset)..<\(bitOffset + bitCount) with encoding \(encoding) in an integer of \(byteCount) bytes"
    case .invalidLinkage(let linkage): "unknown linkage \(linkage)"
    case .invalidComponent(let component): "tags component \(component)"
    case .noSuchType(let id, let count): "refers to type \(id), but there are only \(count)"
    case .misplacedReference(let id, let kind): "can't refer to type \(id), which is a \(kind)"
    case .cycle(let ids): "contains itself: " + ids.map(String.init).joined(separator: " → ")
    case .tooDeep(let limit): "nests more than \(limit) types deep"
    case .tooLarge(let what): "\(what) is more than the format can hold"
    case .value(let fault): fault.description
    case .relocation(let fault): fault.description
    }
  }
}
