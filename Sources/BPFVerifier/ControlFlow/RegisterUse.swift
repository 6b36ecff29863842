import BPF

/// The registers that an instruction reads and writes, as masks with a bit for each number.
struct RegisterUse: Hashable {
  /// `r0` to `r5`, which no call preserves.
  static let callerSaved: UInt16 = 0b11_1111
  /// `r1` to `r5`.
  static let arguments: UInt16 = 0b11_1110

  /// What is read.
  var reads: UInt16
  /// What is written.
  var writes: UInt16

  /// Of a call, `argumentCount` says how many arguments it takes.
  init(_ instruction: Instruction, argumentCount: Int = 5) {
    reads = Self.reads(of: instruction, argumentCount: argumentCount)
    writes = if case .call = instruction { Self.callerSaved } else { instruction.writtenRegister.mask }
  }

  /// `r1` to `rN`.
  static func arguments(_ count: Int) -> UInt16 { (1 << UInt16(min(max(count, 0), 5)) - 1) << 1 }

  private static func reads(of instruction: Instruction, argumentCount: Int) -> UInt16 {
    switch instruction {
    case .alu(.mov, _, _, let operand): operand.mask
    case .alu(_, _, let register, let operand), .branch(_, _, let register, let operand, _):
      register.mask | operand.mask
    case .negate(_, let register), .swap(_, _, let register): register.mask
    case .moveSignExtending(_, _, _, let source), .addressSpaceCast(_, let source, _): source.mask
    case .load(_, _, let address), .loadSignExtending(_, _, let address), .loadAcquire(_, _, let address):
      address.base.mask
    case .store(_, let operand, let address): address.base.mask | operand.mask
    case .storeRelease(_, let source, let address): address.base.mask | source.mask
    case .atomic(.compareExchange, _, let source, let address):
      address.base.mask | source.mask | Register.r0.mask
    case .atomic(_, _, let source, let address): address.base.mask | source.mask
    case .exit: Register.r0.mask
    case .call: arguments(argumentCount)
    case .loadImmediate, .jump, .jumpLong, .mayGoto: 0
    }
  }
}

extension Register {
  /// The bit of this register in a mask.
  var mask: UInt16 { 1 << UInt16(rawValue) }
}

extension Register? {
  /// The bit of the register in a mask, 0 for none.
  fileprivate var mask: UInt16 { self?.mask ?? 0 }
}

extension Operand {
  /// The bit of the operand's register in a mask, 0 for a number.
  var mask: UInt16 { if case .register(let register) = self { register.mask } else { 0 } }
}
