/// The opcode byte, taken apart and put together (RFC 9669, section 3.2).
struct Opcode: Hashable {
  /// The low three bits (`BPF_LD` to `BPF_ALU64`).
  enum Class: UInt8 {
    case load, loadMemory, store, storeRegister, alu32, jump64, jump32, alu64
  }
  /// The high three bits of a load or store (`BPF_IMM` to `BPF_ATOMIC`).
  enum Mode: UInt8 {
    case immediate = 0x00
    case packetAbsolute = 0x20
    case packetIndirect = 0x40
    case memory = 0x60
    case memorySignExtending = 0x80
    case atomic = 0xc0
  }
  /// The high four bits of an arithmetic instruction that no `ALU` case stands for.
  enum Arithmetic {
    static let negate: UInt8 = 0x80
    static let byteSwap: UInt8 = 0xd0
  }
  /// The high four bits of a jump that no `Comparison` stands for.
  enum Jump {
    static let always: UInt8 = 0x00
    static let call: UInt8 = 0x80
    static let exit: UInt8 = 0x90
    static let conditional: UInt8 = 0xe0
  }

  let byte: UInt8

  init(_ byte: UInt8) { self.byte = byte }
  init(_ group: Class, _ operation: UInt8, register: Bool = false) {
    byte = group.rawValue | operation | (register ? 0x08 : 0)
  }
  init(_ group: Class, _ mode: Mode, _ size: Size) {
    byte = group.rawValue | mode.rawValue | Self.sizeBits[Int(size.rawValue)] << 3
  }

  var group: Class {
    switch byte & 0x07 {
    case 0: .load
    case 1: .loadMemory
    case 2: .store
    case 3: .storeRegister
    case 4: .alu32
    case 5: .jump64
    case 6: .jump32
    default: .alu64
    }
  }
  var mode: Mode? { Mode(rawValue: byte & 0xe0) }
  var size: Size { Self.sizes[Int(byte >> 3 & 0x03)] }
  var operation: UInt8 { byte & 0xf0 }
  /// `BPF_X`: the second operand is a register.
  var usesRegister: Bool { byte & 0x08 != 0 }

  private static let sizes: [Size] = [.word, .half, .byte, .doubleWord]
  private static let sizeBits: [UInt8] = [2, 1, 0, 3]
}

/// The source field of a call (`BPF_PSEUDO_CALL`, `BPF_PSEUDO_KFUNC_CALL`).
enum CallKind: UInt8 {
  case helper, local, kernelFunction
}

/// The source field of a 64-bit immediate (`BPF_PSEUDO_MAP_FD` and on).
enum ImmediateKind: UInt8 {
  case value, mapDescriptor, mapDescriptorValue, kernelVariable, function, map, mapValue
}

extension ALU {
  /// The operation's high four bits; the signed divisions share the unsigned ones'.
  var operationBits: UInt8 {
    switch self {
    case .add: 0x00
    case .sub: 0x10
    case .mul: 0x20
    case .div, .sdiv: 0x30
    case .or: 0x40
    case .and: 0x50
    case .lsh: 0x60
    case .rsh: 0x70
    case .mod, .smod: 0x90
    case .xor: 0xa0
    case .mov: 0xb0
    case .arsh: 0xc0
    }
  }

  /// Whether the offset field is 1, which makes a division signed.
  var isSignedDivision: Bool { self == .sdiv || self == .smod }

  init?(operationBits: UInt8, signed: Bool) {
    let match = Self.allCases.first {
      $0.operationBits == operationBits && $0.isSignedDivision == signed
    }
    guard let match else { return nil }
    self = match
  }
}

extension Comparison {
  var operationBits: UInt8 {
    switch self {
    case .eq: 0x10
    case .gt: 0x20
    case .ge: 0x30
    case .set: 0x40
    case .ne: 0x50
    case .sgt: 0x60
    case .sge: 0x70
    case .lt: 0xa0
    case .le: 0xb0
    case .slt: 0xc0
    case .sle: 0xd0
    }
  }

  init?(operationBits: UInt8) {
    guard let match = Self.allCases.first(where: { $0.operationBits == operationBits }) else { return nil }
    self = match
  }
}

extension AtomicOperation {
  /// The immediate of an atomic instruction (`BPF_FETCH`, `BPF_XCHG`, `BPF_CMPXCHG`).
  var code: Int32 {
    switch self {
    case .add(let fetch): fetch ? 0x01 : 0x00
    case .or(let fetch): fetch ? 0x41 : 0x40
    case .and(let fetch): fetch ? 0x51 : 0x50
    case .xor(let fetch): fetch ? 0xa1 : 0xa0
    case .exchange: 0xe1
    case .compareExchange: 0xf1
    }
  }

  /// `BPF_LOAD_ACQ`.
  static let loadAcquireCode: Int32 = 0x100
  /// `BPF_STORE_REL`.
  static let storeReleaseCode: Int32 = 0x110

  init?(code: Int32) {
    switch code {
    case 0x00, 0x01: self = .add(fetch: code & 1 == 1)
    case 0x40, 0x41: self = .or(fetch: code & 1 == 1)
    case 0x50, 0x51: self = .and(fetch: code & 1 == 1)
    case 0xa0, 0xa1: self = .xor(fetch: code & 1 == 1)
    case 0xe1: self = .exchange
    case 0xf1: self = .compareExchange
    default: return nil
    }
  }
}

extension Width {
  /// The size of a memory operand of this width.
  var size: Size { self == .word ? .word : .doubleWord }
}
