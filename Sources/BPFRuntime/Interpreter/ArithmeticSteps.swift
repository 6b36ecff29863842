import BPF

// Steps of arithmetic. The operation is a constant in every entry of the tables, so that each becomes a few instructions.

@inline(__always) private func wideStep(
  _ operation: ALU, fromRegister: Bool, _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer? {
  let here = unsafe step.step
  let operand = unsafe fromRegister ? machine[here.source] : UInt64(bitPattern: Int64(here.immediate))
  unsafe machine[here.destination] = operation.evaluate(machine[here.destination], operand)
  return unsafe next(step, machine)
}

@inline(__always) private func narrowStep(
  _ operation: ALU, fromRegister: Bool, _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer? {
  let here = unsafe step.step
  let operand = unsafe fromRegister ? UInt32(truncatingIfNeeded: machine[here.source]) : UInt32(bitPattern: here.immediate)
  unsafe machine[here.destination] = UInt64(
    operation.evaluate(UInt32(truncatingIfNeeded: machine[here.destination]), operand))
  return unsafe next(step, machine)
}

@inline(__always) private func unaryStep(
  _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer, _ operation: (UInt64) -> UInt64
) -> UnsafeRawPointer? {
  let here = unsafe step.step
  unsafe machine[here.destination] = operation(machine[here.source])
  return unsafe next(step, machine)
}

extension Handlers {
  /// `destination op= operand` on 64 bits.
  static func wide(_ operation: ALU, fromRegister: Bool) -> Handler {
    switch (operation, fromRegister) {
    case (.add, true): { unsafe wideStep(.add, fromRegister: true, $0, $1) }
    case (.add, false): { unsafe wideStep(.add, fromRegister: false, $0, $1) }
    case (.sub, true): { unsafe wideStep(.sub, fromRegister: true, $0, $1) }
    case (.sub, false): { unsafe wideStep(.sub, fromRegister: false, $0, $1) }
    case (.mul, true): { unsafe wideStep(.mul, fromRegister: true, $0, $1) }
    case (.mul, false): { unsafe wideStep(.mul, fromRegister: false, $0, $1) }
    case (.div, true): { unsafe wideStep(.div, fromRegister: true, $0, $1) }
    case (.div, false): { unsafe wideStep(.div, fromRegister: false, $0, $1) }
    case (.sdiv, true): { unsafe wideStep(.sdiv, fromRegister: true, $0, $1) }
    case (.sdiv, false): { unsafe wideStep(.sdiv, fromRegister: false, $0, $1) }
    case (.or, true): { unsafe wideStep(.or, fromRegister: true, $0, $1) }
    case (.or, false): { unsafe wideStep(.or, fromRegister: false, $0, $1) }
    case (.and, true): { unsafe wideStep(.and, fromRegister: true, $0, $1) }
    case (.and, false): { unsafe wideStep(.and, fromRegister: false, $0, $1) }
    case (.lsh, true): { unsafe wideStep(.lsh, fromRegister: true, $0, $1) }
    case (.lsh, false): { unsafe wideStep(.lsh, fromRegister: false, $0, $1) }
    case (.rsh, true): { unsafe wideStep(.rsh, fromRegister: true, $0, $1) }
    case (.rsh, false): { unsafe wideStep(.rsh, fromRegister: false, $0, $1) }
    case (.mod, true): { unsafe wideStep(.mod, fromRegister: true, $0, $1) }
    case (.mod, false): { unsafe wideStep(.mod, fromRegister: false, $0, $1) }
    case (.smod, true): { unsafe wideStep(.smod, fromRegister: true, $0, $1) }
    case (.smod, false): { unsafe wideStep(.smod, fromRegister: false, $0, $1) }
    case (.xor, true): { unsafe wideStep(.xor, fromRegister: true, $0, $1) }
    case (.xor, false): { unsafe wideStep(.xor, fromRegister: false, $0, $1) }
    case (.mov, true): { unsafe wideStep(.mov, fromRegister: true, $0, $1) }
    case (.mov, false): { unsafe wideStep(.mov, fromRegister: false, $0, $1) }
    case (.arsh, true): { unsafe wideStep(.arsh, fromRegister: true, $0, $1) }
    case (.arsh, false): { unsafe wideStep(.arsh, fromRegister: false, $0, $1) }
    }
  }

  /// `destination op= operand` on 32 bits, clearing the rest.
  static func narrow(_ operation: ALU, fromRegister: Bool) -> Handler {
    switch (operation, fromRegister) {
    case (.add, true): { unsafe narrowStep(.add, fromRegister: true, $0, $1) }
    case (.add, false): { unsafe narrowStep(.add, fromRegister: false, $0, $1) }
    case (.sub, true): { unsafe narrowStep(.sub, fromRegister: true, $0, $1) }
    case (.sub, false): { unsafe narrowStep(.sub, fromRegister: false, $0, $1) }
    case (.mul, true): { unsafe narrowStep(.mul, fromRegister: true, $0, $1) }
    case (.mul, false): { unsafe narrowStep(.mul, fromRegister: false, $0, $1) }
    case (.div, true): { unsafe narrowStep(.div, fromRegister: true, $0, $1) }
    case (.div, false): { unsafe narrowStep(.div, fromRegister: false, $0, $1) }
    case (.sdiv, true): { unsafe narrowStep(.sdiv, fromRegister: true, $0, $1) }
    case (.sdiv, false): { unsafe narrowStep(.sdiv, fromRegister: false, $0, $1) }
    case (.or, true): { unsafe narrowStep(.or, fromRegister: true, $0, $1) }
    case (.or, false): { unsafe narrowStep(.or, fromRegister: false, $0, $1) }
    case (.and, true): { unsafe narrowStep(.and, fromRegister: true, $0, $1) }
    case (.and, false): { unsafe narrowStep(.and, fromRegister: false, $0, $1) }
    case (.lsh, true): { unsafe narrowStep(.lsh, fromRegister: true, $0, $1) }
    case (.lsh, false): { unsafe narrowStep(.lsh, fromRegister: false, $0, $1) }
    case (.rsh, true): { unsafe narrowStep(.rsh, fromRegister: true, $0, $1) }
    case (.rsh, false): { unsafe narrowStep(.rsh, fromRegister: false, $0, $1) }
    case (.mod, true): { unsafe narrowStep(.mod, fromRegister: true, $0, $1) }
    case (.mod, false): { unsafe narrowStep(.mod, fromRegister: false, $0, $1) }
    case (.smod, true): { unsafe narrowStep(.smod, fromRegister: true, $0, $1) }
    case (.smod, false): { unsafe narrowStep(.smod, fromRegister: false, $0, $1) }
    case (.xor, true): { unsafe narrowStep(.xor, fromRegister: true, $0, $1) }
    case (.xor, false): { unsafe narrowStep(.xor, fromRegister: false, $0, $1) }
    case (.mov, true): { unsafe narrowStep(.mov, fromRegister: true, $0, $1) }
    case (.mov, false): { unsafe narrowStep(.mov, fromRegister: false, $0, $1) }
    case (.arsh, true): { unsafe narrowStep(.arsh, fromRegister: true, $0, $1) }
    case (.arsh, false): { unsafe narrowStep(.arsh, fromRegister: false, $0, $1) }
    }
  }

  /// `destination = -destination`.
  static func negate(_ width: Width) -> Handler {
    switch width {
    case .doubleWord: { unsafe unaryStep($0, $1) { 0 &- $0 } }
    case .word: { unsafe unaryStep($0, $1) { UInt64(0 &- UInt32(truncatingIfNeeded: $0)) } }
    }
  }

  /// `movsx`; a half that is 64 bits wide is a plain move.
  static func moveSignExtending(_ size: Size, _ width: Width) -> Handler {
    switch (size, width) {
    case (.byte, .doubleWord): { unsafe unaryStep($0, $1) { Size.byte.signExtend($0) } }
    case (.half, .doubleWord): { unsafe unaryStep($0, $1) { Size.half.signExtend($0) } }
    case (.word, .doubleWord): { unsafe unaryStep($0, $1) { Size.word.signExtend($0) } }
    case (.byte, .word): { unsafe unaryStep($0, $1) { Size.byte.signExtend($0) & 0xffff_ffff } }
    case (.half, .word): { unsafe unaryStep($0, $1) { Size.half.signExtend($0) & 0xffff_ffff } }
    case (.word, .word): { unsafe unaryStep($0, $1) { $0 & 0xffff_ffff } }
    case (.doubleWord, _): { unsafe unaryStep($0, $1) { $0 } }
    }
  }

  /// Byte-order conversions.
  static func swap(_ swap: ByteSwap, _ size: Size) -> Handler {
    switch (swap, size) {
    case (_, .byte): { unsafe unaryStep($0, $1) { $0 & 0xff } }
    case (.toLittleEndian, .half): { unsafe unaryStep($0, $1) { $0 & 0xffff } }
    case (.toLittleEndian, .word): { unsafe unaryStep($0, $1) { $0 & 0xffff_ffff } }
    case (.toLittleEndian, .doubleWord): { unsafe unaryStep($0, $1) { $0 } }
    case (_, .half): { unsafe unaryStep($0, $1) { ByteSwap.always.evaluate($0, .half) } }
    case (_, .word): { unsafe unaryStep($0, $1) { ByteSwap.always.evaluate($0, .word) } }
    case (_, .doubleWord): { unsafe unaryStep($0, $1) { ByteSwap.always.evaluate($0, .doubleWord) } }
    }
  }
}
