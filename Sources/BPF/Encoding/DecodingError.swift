/// Why bytes are no eBPF code: the slot, and what is wrong in it.
public struct DecodingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A field of the encoding, by its name in RFC 9669.
  public enum Field: String, Hashable, Sendable {
    case destination = "dst_reg"
    case source = "src_reg"
    case offset
    case immediate = "imm"
    case nextImmediate = "next_imm"
  }

  /// What is wrong.
  public enum Reason: Hashable, Sendable {
    /// The bytes end inside a slot, after this many bytes of it.
    case partialSlot(byteCount: Int)
    /// A 64-bit immediate begins in the last slot.
    case halfImmediate
    /// The second slot of a 64-bit immediate has more than its `imm` set.
    case badSecondSlot
    /// No instruction has this opcode.
    case unknownOpcode(UInt8)
    /// A field of this instruction must be zero, or one of few values, and holds this one.
    case reservedField(Field, value: Int32, instruction: String)
    /// The field names a register above `r10`.
    case badRegister(Field, number: UInt8)
    /// An atomic instruction whose `imm` is no atomic operation.
    case unknownAtomicOperation(Int32)
    /// An atomic operation on this many bytes.
    case badAtomicSize(byteCount: Int)
    /// A call whose `src_reg` is no kind of call.
    case unknownCallKind(UInt8)
    /// A 64-bit immediate whose `src_reg` is no pseudo form.
    case unknownImmediateKind(UInt8)
    /// A legacy packet load, `BPF_ABS` or `BPF_IND`, which XDP programs may not use.
    case legacyPacketLoad(name: String)
  }

  /// The slot, counted from 0 in units of 8 bytes.
  public var slot: Int
  /// What is wrong in it.
  public var reason: Reason

  /// Makes an error.
  public init(slot: Int, _ reason: Reason) {
    self.slot = slot
    self.reason = reason
  }

  /// One line for a person.
  public var description: String { "slot \(slot): \(reason)" }
}

extension DecodingError.Reason: CustomStringConvertible {
  /// The reason without its place.
  public var description: String {
    switch self {
    case .partialSlot(let byteCount):
      "the code ends \(byteCount) bytes into a slot; its length must be a multiple of 8"
    case .halfImmediate: "a 64-bit immediate begins here, but its second slot is missing"
    case .badSecondSlot: "the second slot of a 64-bit immediate may hold nothing but an immediate"
    case .unknownOpcode(let opcode): "no instruction has opcode \(hexadecimal(opcode))"
    case .reservedField(let field, let value, let instruction):
      "\(instruction) cannot have \(field.rawValue) = \(value)"
    case .badRegister(let field, let number):
      "\(field.rawValue) names r\(number), but r10 is the last register"
    case .unknownAtomicOperation(let code):
      "no atomic operation has imm = \(hexadecimal(UInt32(bitPattern: code)))"
    case .badAtomicSize(let byteCount):
      "an atomic operation works on 4 or 8 bytes, not on \(byteCount)"
    case .unknownCallKind(let kind): "no kind of call has src_reg = \(kind)"
    case .unknownImmediateKind(let kind): "no 64-bit immediate has src_reg = \(kind)"
    case .legacyPacketLoad(let name): "\(name) is a legacy packet load, which XDP programs may not use"
    }
  }
}
