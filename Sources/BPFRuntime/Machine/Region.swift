import BPF

/// What a program's pointer may be made from, as the interpreter's region table records it.
///
/// A program's pointer carries a 16-bit tag above the 48 bits of the host address. The tag names an entry of the table,
/// the one object that the pointer was made from: arithmetic moves the address and keeps the tag, so that an access is
/// checked against exactly that object, whatever lies beside it. Tag 0 is never an object: null and plain numbers.
@safe struct Region {
  /// The first byte, tagged.
  var start: UInt64
  /// Bytes that may be read from `start`; 0 for what is not memory.
  var readable: Int64
  /// Bytes that may be written from `start`.
  var writable: Int64
  /// What it is.
  var kind: Kind
  /// Of a map: what programs may do with its values.
  var access: Access = [.read, .write]
  /// Of a map: its key size.
  var keySize: UInt16
  /// Of a map: its value size; of anything else its owner.
  var valueSize: UInt32

  /// Of a map value: the tag of its map; of a slice: whom it goes with; 0 for nobody.
  var owner: UInt32 { valueSize }

  /// What a program may do.
  struct Access: OptionSet {
    let rawValue: UInt8
    static let read = Access(rawValue: 1)
    static let write = Access(rawValue: 2)
    /// Of a map: keys may be looked up.
    static let lookup = Access(rawValue: 4)
    /// Keys may be stored and removed.
    static let update = Access(rawValue: 8)
    /// Values without keys may be added.
    static let push = Access(rawValue: 16)
    /// The next value may be copied, or a set asked for a value.
    static let peek = Access(rawValue: 32)
    /// Any CPU's value may be looked up.
    static let perCPU = Access(rawValue: 64)
    /// A look-up gives not a value but a map.
    static let holdsMaps = Access(rawValue: 128)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// What a map's kind and flags leave to programs.
    init(of definition: MapDefinition) {
      let flags = definition.flags
      let values: Access = [.read, .write, .lookup, .update]
      switch definition.type {
      case .programArray, .perfEventArray, .ringBuffer: self = []
      case .arrayOfMaps, .hashOfMaps: self = [.lookup, .holdsMaps]
      case .devmap, .devmapHash, .xskmap: self = [.lookup, .read]
      case .cpumap: self = [.lookup, .read, .write]
      // To pop a value is to read it; a bloom filter gives none.
      case .queue, .stack: self = [.read, .push, .peek]
      case .bloomFilter: self = [.push, .peek]
      case .perCPUArray, .perCPUHash, .lruPerCPUHash: self = values.union(.perCPU)
      default: self = values
      }
      if flags.contains(.writeOnlyForPrograms), contains(.lookup) { remove(.read) }
      if flags.contains(.readOnlyForPrograms) { subtract([.write, .update, .push]) }
    }
  }

  enum Kind: UInt8 {
    case none, context, stack, memory, packet, mapValue, record, slice, map, function, stale

    /// Whether granting the same object again gives the same pointer.
    @inline(__always) var isShared: Bool { self == .mapValue || self == .map }

    /// The word for it in a trap.
    var name: String {
      switch self {
      case .none: "no object"
      case .context: "the context"
      case .stack: "a stack frame"
      case .memory: "the memory"
      case .packet: "the packet"
      case .mapValue: "a map value"
      case .record: "a ring-buffer record"
      case .slice: "a slice of memory"
      case .map: "a map"
      case .function: "a function"
      case .stale: "something that is gone"
      }
    }
  }

  /// Memory of one kind at a tagged address.
  init(
    _ kind: Kind,
    start: UInt64,
    byteCount: Int,
    access: Access = [.read, .write],
    owner: UInt32 = 0
  ) {
    self.start = start
    self.readable = access.contains(.read) ? Int64(byteCount) : 0
    self.writable = access.contains(.write) ? Int64(byteCount) : 0
    self.kind = kind
    self.access = access
    keySize = 0
    valueSize = owner
  }

  /// A map, which is no memory itself.
  init(map start: UInt64, keySize: Int, valueSize: Int, access: Access) {
    self.start = start
    readable = 0
    writable = 0
    kind = .map
    self.access = access
    self.keySize = UInt16(clamping: keySize)
    self.valueSize = UInt32(clamping: valueSize)
  }

  /// No object.
  static let none = Region(.none, start: 0, byteCount: 0)
}

/// The tags that are the same in every run.
enum Tag {
  static let context: UInt64 = 1
  static let memory: UInt64 = 2
  static let function: UInt64 = 3
  static let packet: UInt64 = 4
  /// Of the first stack frame; those of the others follow.
  static let stack: UInt64 = 8
  /// Of the first map; `mapLimit` follow.
  static let map: UInt64 = stack + UInt64(StackFrame.runLimit)
  /// Of the first value of the first map, whose address a program can hold as a constant.
  static let globalValue: UInt64 = map + mapLimit
  static let mapLimit: UInt64 = 512
  /// What a run is granted as it goes: values, records, a packet that was changed.
  static let granted: UInt64 = globalValue + mapLimit
  /// One past the last; small negative numbers have the highest tag, which is no object's.
  static let end: UInt64 = 0xffff

  static let shift: UInt64 = 48
  static let addressMask: UInt64 = (1 << 48) - 1

  /// A pointer to a host address under a tag.
  @inline(__always) static func pointer(_ tag: UInt64, _ address: UInt64) -> UInt64 {
    tag &<< shift | address & addressMask
  }
}

extension HelperPrototype {
  /// Whether this helper reads what pointers among its values point to: the printing ones.
  var followsValues: Bool { [6, 165, 177].contains(id) }

  /// What a map must allow for this helper to take it.
  var mapAccess: Region.Access {
    switch self.id {
    case 1: .lookup
    case 2, 3: .update
    case 87: .push
    case 88: [.push, .read]
    case 89: .peek
    case 195: [.lookup, .perCPU]
    default: []
    }
  }
}
