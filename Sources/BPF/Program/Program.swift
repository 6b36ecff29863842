public import BTF

/// A linked program: one entry, all the functions it calls, its maps, and where every instruction came from.
///
/// Map references are `Immediate64.map(index:)` and `.mapValue(index:offset:)` into `maps`; calls are local, to
/// helpers, or to kernel functions; nothing is left to relocate but `externs`.
public struct Program: Sendable {
  /// The entry function's symbol.
  public var name: String
  /// The ELF section that it came from, such as `xdp.frags/devmap`; empty for a program made in memory.
  public var section: String
  /// What it is attached to.
  public var attachType: AttachType
  /// Properties that the section name or the caller gave it.
  public var flags: ProgramFlags
  /// The object's license string, which decides whether GPL-only helpers may be called.
  public var license: String
  /// The code: the entry function first, then its subprograms.
  public var instructions: [Instruction]
  /// The functions in `instructions`, entry first, in order of `slot`.
  public var functions: [Function]
  /// Source positions by slot: a record holds from its slot to the next record's.
  public var lines: [Int: SourceLine]
  /// The maps of the object; all programs of one object share this list.
  public var maps: [MapDefinition]
  /// What is left for the loader: kernel functions and variables by name.
  public var externs: [Extern]
  /// The object's own types, which name keys, values and functions.
  public var btf: BTF?
  /// What linking found that a person should know, one line each.
  public var warnings: [String] = []

  /// Makes a program; everything but its name and its code has a default for programs made in memory.
  public init(
    _ name: String,
    _ instructions: [Instruction],
    section: String = "",
    attachType: AttachType = .xdp,
    flags: ProgramFlags = [],
    license: String = "",
    functions: [Function] = [],
    lines: [Int: SourceLine] = [:],
    maps: [MapDefinition] = [],
    externs: [Extern] = [],
    btf: BTF? = nil
  ) {
    self.name = name
    self.section = section
    self.attachType = attachType
    self.flags = flags
    self.license = license
    self.instructions = instructions
    self.functions = functions.isEmpty ? [Function(name: name, slot: 0, isGlobal: true)] : functions
    self.lines = lines
    self.maps = maps
    self.externs = externs
    self.btf = btf
  }

  /// The number of the helper that is called where the linker found no field of the kernel's for an instruction.
  ///
  /// No helper has it: the program must not reach such a call. libbpf writes the same number, 0xbad2310.
  public static let poisonedHelper: UInt32 = 195_896_080

  /// The number of 8-byte slots the instructions take.
  public var slotCount: Int { instructions.reduce(0) { $0 + $1.slotCount } }

  /// The source position of a slot: its own record's or the nearest one's before it in the same function.
  public func line(at slot: Int) -> SourceLine? {
    let start = functions.last { $0.slot <= slot }?.slot ?? 0
    var candidate = slot
    while candidate >= start {
      if let line = lines[candidate] { return line }
      candidate -= 1
    }
    return nil
  }
}

/// A function within a program's instructions.
public struct Function: Hashable, Sendable {
  /// Its symbol.
  public var name: String
  /// The slot of its first instruction.
  public var slot: Int
  /// Global functions are verified by themselves; static ones in the context of each call.
  public var isGlobal: Bool
  /// The function's type in the object's BTF, `BTF.TypeID`; 0 where there is none.
  public var type: BTF.TypeID

  /// Makes a function record.
  public init(name: String, slot: Int, isGlobal: Bool, type: BTF.TypeID = 0) {
    self.name = name
    self.slot = slot
    self.isGlobal = isGlobal
    self.type = type
  }
}

/// What an XDP program is attached to; it decides which context fields it may read
/// (`BPF_XDP`, `BPF_XDP_DEVMAP`, `BPF_XDP_CPUMAP`).
public enum AttachType: UInt32, Hashable, Sendable, CaseIterable {
  case xdp = 37
  case devmap = 33
  case cpumap = 35
}

/// Properties of a program that the loader passes on.
public struct ProgramFlags: OptionSet, Hashable, Sendable {
  /// The bits of the set.
  public let rawValue: UInt32
  /// Makes a set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Knows frames in several buffers (`BPF_F_XDP_HAS_FRAGS`).
  public static let frags = ProgramFlags(rawValue: 1 << 5)
  /// Bound to one device, for its metadata functions (`BPF_F_XDP_DEV_BOUND_ONLY`).
  public static let deviceBound = ProgramFlags(rawValue: 1 << 6)
  /// Its section starts with `?`: not loaded unless asked for by name.
  public static let notLoadedByDefault = ProgramFlags(rawValue: 1 << 31)
}

/// A symbol that the kernel, or the engine in its place, supplies.
public struct Extern: Hashable, Sendable {
  /// What kind of symbol it is, and where it is used.
  public enum Kind: Hashable, Sendable {
    /// A kernel function, called at these slots.
    case function
    /// A typed kernel variable whose address is loaded (`__ksym` with a type).
    case variable
    /// The address of a kernel symbol (`__ksym` of type void).
    case symbol
  }
  /// The symbol.
  public var name: String
  /// What it names.
  public var kind: Kind
  /// A weak extern that is missing reads as null; a strong one fails the load.
  public var isWeak: Bool
  /// Its type in the object's BTF.
  public var type: BTF.TypeID
  /// The slots of the instructions that refer to it.
  public var slots: [Int]

  /// Makes an extern.
  public init(name: String, kind: Kind, isWeak: Bool, type: BTF.TypeID, slots: [Int]) {
    self.name = name
    self.kind = kind
    self.isWeak = isWeak
    self.type = type
    self.slots = slots
  }
}
