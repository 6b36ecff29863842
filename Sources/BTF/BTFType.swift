/// One type of a `BTF`, with the types it refers to by number (`struct btf_type` and what follows it).
public enum BTFType: Hashable, Sendable {
  case void
  /// `BTF_KIND_INT`: `byteCount` in memory, of which `bitCount` bits from `bitOffset` are used.
  case integer(name: String, byteCount: Int, bitOffset: Int, bitCount: Int, encoding: IntegerEncoding)
  /// `BTF_KIND_PTR`.
  case pointer(to: BTF.TypeID)
  /// `BTF_KIND_ARRAY`: `count` elements; `index` is the type that C gives their numbers.
  case array(of: BTF.TypeID, index: BTF.TypeID, count: Int)
  /// `BTF_KIND_STRUCT`.
  case structure(Composite)
  /// `BTF_KIND_UNION`.
  case union(Composite)
  /// `BTF_KIND_ENUM` and `BTF_KIND_ENUM64`.
  case enumeration(name: String, byteCount: Int, isSigned: Bool, values: [Enumerator])
  /// `BTF_KIND_FWD`: a struct or union that is only declared.
  case forward(name: String, isUnion: Bool)
  /// `BTF_KIND_TYPEDEF`.
  case typedef(name: String, of: BTF.TypeID)
  /// `BTF_KIND_VOLATILE`.
  case volatile(BTF.TypeID)
  /// `BTF_KIND_CONST`.
  case const(BTF.TypeID)
  /// `BTF_KIND_RESTRICT`.
  case restrict(BTF.TypeID)
  /// `BTF_KIND_FUNC`.
  case function(name: String, prototype: BTF.TypeID, linkage: Linkage)
  /// `BTF_KIND_FUNC_PROTO`.
  case functionPrototype(returns: BTF.TypeID, parameters: [Parameter], isVariadic: Bool)
  /// `BTF_KIND_VAR`.
  case variable(name: String, type: BTF.TypeID, linkage: Linkage)
  /// `BTF_KIND_DATASEC`.
  case dataSection(name: String, byteCount: Int, variables: [SectionVariable])
  /// `BTF_KIND_FLOAT`.
  case float(name: String, byteCount: Int)
  /// `component` is a member or parameter index, nil for the whole declaration; an attribute is one of the compiler's
  /// (`__attribute__`) and not a `btf_decl_tag`.
  case declarationTag(name: String, type: BTF.TypeID, component: Int?, isAttribute: Bool = false)
  /// `BTF_KIND_TYPE_TAG`; an attribute is one of the compiler's and not a `btf_type_tag`.
  case typeTag(name: String, of: BTF.TypeID, isAttribute: Bool = false)

  /// How an integer's bits read.
  public enum IntegerEncoding: Hashable, Sendable { case unsigned, signed, character, boolean }
  /// `BTF_FUNC_STATIC`, `_GLOBAL`, `_EXTERN` (and the same for variables).
  public enum Linkage: UInt32, Hashable, Sendable { case `static`, global, extern }

  /// A struct or union.
  public struct Composite: Hashable, Sendable {
    /// Its tag; empty if anonymous.
    public var name: String
    /// `sizeof`.
    public var byteCount: Int
    /// In the order of declaration.
    public var members: [Member]
    /// Makes a composite.
    public init(name: String, byteCount: Int, members: [Member]) {
      self.name = name
      self.byteCount = byteCount
      self.members = members
    }
  }

  /// A member of a struct or union.
  public struct Member: Hashable, Sendable {
    /// Its name; empty for an anonymous struct or union.
    public var name: String
    /// Its type.
    public var type: BTF.TypeID
    /// From the start of the composite.
    public var bitOffset: Int
    /// The width of a bit-field, 0 for an ordinary member.
    public var bitFieldWidth: Int
    /// Makes a member.
    public init(name: String, type: BTF.TypeID, bitOffset: Int, bitFieldWidth: Int = 0) {
      self.name = name
      self.type = type
      self.bitOffset = bitOffset
      self.bitFieldWidth = bitFieldWidth
    }
  }

  /// A named value of an enumeration.
  public struct Enumerator: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// Its value, sign-extended to 64 bits where the enumeration is signed.
    public var value: Int64
    /// Makes an enumerator.
    public init(name: String, value: Int64) {
      self.name = name
      self.value = value
    }
  }

  /// A parameter of a function prototype.
  public struct Parameter: Hashable, Sendable {
    /// Its name; may be empty.
    public var name: String
    /// Its type.
    public var type: BTF.TypeID
    /// Makes a parameter.
    public init(name: String, type: BTF.TypeID) {
      self.name = name
      self.type = type
    }
  }

  /// A variable's place in a data section.
  public struct SectionVariable: Hashable, Sendable {
    /// A `variable` type.
    public var type: BTF.TypeID
    /// From the start of the section, in bytes.
    public var offset: Int
    /// In bytes.
    public var byteCount: Int
    /// Makes a place.
    public init(type: BTF.TypeID, offset: Int, byteCount: Int) {
      self.type = type
      self.offset = offset
      self.byteCount = byteCount
    }
  }
}
