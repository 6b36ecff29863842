/// One instruction that depends on a type of the target, usually the running kernel (`struct bpf_core_relo`).
///
/// "Compile once, run everywhere": the compiler recorded what the instruction asks of which type; a
/// `COREResolver` answers for the target's types, and the loader of the object writes the answer into the
/// instruction.
public struct CORERelocation: Hashable, Sendable {
  /// The instruction, in bytes from the start of its ELF section.
  public var byteOffset: Int
  /// What is asked.
  public var kind: Kind
  /// The type of the object that it is asked about.
  public var type: BTF.TypeID
  /// The way into the type, such as `0:2:1`: indices of members and elements, or of an enumerator; `0` for
  /// kinds that ask about the type itself.
  public var access: String

  /// Makes a relocation.
  public init(byteOffset: Int, kind: Kind, type: BTF.TypeID, access: String) {
    self.byteOffset = byteOffset
    self.kind = kind
    self.type = type
    self.access = access
  }

  /// What a relocation asks (`enum bpf_core_relo_kind`).
  public enum Kind: UInt32, Hashable, Sendable, CaseIterable {
    /// Where a field is; of a bit-field the place of the integer to load.
    case fieldByteOffset = 0
    /// How many bytes a field has; of a bit-field those of the integer to load.
    case fieldByteSize = 1
    /// Whether there is such a field.
    case fieldExists = 2
    /// Whether a field is signed.
    case fieldSigned = 3
    /// By how much to shift a loaded bit-field left in 64 bits, so that its highest bit is the register's.
    case fieldLeftShift = 4
    /// By how much to shift it right again.
    case fieldRightShift = 5
    /// The number of the type in the object.
    case typeIDLocal = 6
    /// The number of the type in the target.
    case typeIDTarget = 7
    /// Whether there is a compatible type of the name.
    case typeExists = 8
    /// `sizeof`.
    case typeSize = 9
    /// Whether an enumeration has an enumerator.
    case enumeratorExists = 10
    /// The value of an enumerator.
    case enumeratorValue = 11
    /// Whether there is a type of the name with all members that the object's has.
    case typeMatches = 12

    /// Whether it asks about a field.
    public var isField: Bool { rawValue <= Self.fieldRightShift.rawValue }
    /// Whether it asks about an enumerator.
    public var isEnumerator: Bool { self == .enumeratorExists || self == .enumeratorValue }
    /// Whether it asks about a type as a whole.
    public var isType: Bool { !isField && !isEnumerator }
  }
}

extension CORERelocation.Kind: CustomStringConvertible {
  /// The name that compilers and kernel logs use.
  public var description: String {
    switch self {
    case .fieldByteOffset: "byte_off"
    case .fieldByteSize: "byte_sz"
    case .fieldExists: "field_exists"
    case .fieldSigned: "signed"
    case .fieldLeftShift: "lshift_u64"
    case .fieldRightShift: "rshift_u64"
    case .typeIDLocal: "local_type_id"
    case .typeIDTarget: "target_type_id"
    case .typeExists: "type_exists"
    case .typeSize: "type_size"
    case .enumeratorExists: "enumval_exists"
    case .enumeratorValue: "enumval_value"
    case .typeMatches: "type_matches"
    }
  }
}
