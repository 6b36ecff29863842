import BPF

// Steps of arithmetic. The operation is a constant in every entry of the tables, so that each becomes a few instructions.

@inline(__always) private func wideStep(
  _ operation: ALU,
  fromRegister: Bool,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  let operand = unsafe fromRegister ? machine[here.source] : UInt64(bitPattern: Int64(here.immediate))
  unsafe machine[here.destination] = operation.evaluate(machine[here.destination], operand)
  return unsafe step + 16
}

@inline(__always) private func narrowStep(
  _ operation: ALU,
  fromRegister: Bool,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  let operand =
    unsafe fromRegister
    ? UInt32(truncatingIfNeeded: machine[here.source]) : UInt32(bitPattern: here.immediate)
  unsafe machine[here.destination] = UInt64(
    operation.evaluate(UInt32(truncatingIfNeeded: machine[here.destination]), operand)
  )
  return unsafe step + 16
}

@inline(__always) private func unaryStep(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer,
  _ operation: (UInt64) -> UInt64
) -> UnsafeRawPointer {
  let here = unsafe step.step
  unsafe machine[here.destination] = operation(machine[here.source])
  return unsafe step + 16
}

extension Handlers {
  /// `destination op= operand` on 64 bits.
  static func wide(_ operation: ALU, fromRegister: Bool) -> Handler {
    switch (operation, fromRegister) {
    case (.add, true): { unsafe go(wideStep(.add, fromRegister: true, $0, $1), $1) }
    case (.add, false): { unsafe go(wideStep(.add, fromRegister: false, $0, $1), $1) }
    case (.sub, true): { unsafe go(wideStep(.sub, fromRegister: true, $0, $1), $1) }
    case (.sub, false): { unsafe go(wideStep(.sub, fromRegister: false, $0, $1), $1) }
    case (.mul, true): { unsafe go(wideStep(.mul, fromRegister: true, $0, $1), $1) }
    case (.mul, false): { unsafe go(wideStep(.mul, fromRegister: false, $0, $1), $1) }
    case (.div, true): { unsafe go(wideStep(.div, fromRegister: true, $0, $1), $1) }
    case (.div, false): { unsafe go(wideStep(.div, fromRegister: false, $0, $1), $1) }
    case (.sdiv, true): { unsafe go(wideStep(.sdiv, fromRegister: true, $0, $1), $1) }
    case (.sdiv, false): { unsafe go(wideStep(.sdiv, fromRegister: false, $0, $1), $1) }
    case (.or, true): { unsafe go(wideStep(.or, fromRegister: true, $0, $1), $1) }
    case (.or, false): { unsafe go(wideStep(.or, fromRegister: false, $0, $1), $1) }
    case (.and, true): { unsafe go(wideStep(.and, fromRegister: true, $0, $1), $1) }
    case (.and, false): { unsafe go(wideStep(.and, fromRegister: false, $0, $1), $1) }
    case (.lsh, true): { unsafe go(wideStep(.lsh, fromRegister: true, $0, $1), $1) }
    case (.lsh, false): { unsafe go(wideStep(.lsh, fromRegister: false, $0, $1), $1) }
    case (.rsh, true): { unsafe go(wideStep(.rsh, fromRegister: true, $0, $1), $1) }
    case (.rsh, false): { unsafe go(wideStep(.rsh, fromRegister: false, $0, $1), $1) }
    case (.mod, true): { unsafe go(wideStep(.mod, fromRegister: true, $0, $1), $1) }
    case (.mod, false): { unsafe go(wideStep(.mod, fromRegister: false, $0, $1), $1) }
    case (.smod, true): { unsafe go(wideStep(.smod, fromRegister: true, $0, $1), $1) }
    case (.smod, false): { unsafe go(wideStep(.smod, fromRegister: false, $0, $1), $1) }
    case (.xor, true): { unsafe go(wideStep(.xor, fromRegister: true, $0, $1), $1) }
    case (.xor, false): { unsafe go(wideStep(.xor, fromRegister: false, $0, $1), $1) }
    case (.mov, true): { unsafe go(wideStep(.mov, fromRegister: true, $0, $1), $1) }
    case (.mov, false): { unsafe go(wideStep(.mov, fromRegister: false, $0, $1), $1) }
    case (.arsh, true): { unsafe go(wideStep(.arsh, fromRegister: true, $0, $1), $1) }
    case (.arsh, false): { unsafe go(wideStep(.arsh, fromRegister: false, $0, $1), $1) }
    }
  }

  /// `destination op= operand` on 32 bits, clearing the rest.
  static func narrow(_ operation: ALU, fromRegister: Bool) -> Handler {
    switch (operation, fromRegister) {
    case (.add, true): { unsafe go(narrowStep(.add, fromRegister: true, $0, $1), $1) }
    case (.add, false): { unsafe go(narrowStep(.add, fromRegister: false, $0, $1), $1) }
    case (.sub, true): { unsafe go(narrowStep(.sub, fromRegister: true, $0, $1), $1) }
    case (.sub, false): { unsafe go(narrowStep(.sub, fromRegister: false, $0, $1), $1) }
    case (.mul, true): { unsafe go(narrowStep(.mul, fromRegister: true, $0, $1), $1) }
    case (.mul, false): { unsafe go(narrowStep(.mul, fromRegister: false, $0, $1), $1) }
    case (.div, true): { unsafe go(narrowStep(.div, fromRegister: true, $0, $1), $1) }
    case (.div, false): { unsafe go(narrowStep(.div, fromRegister: false, $0, $1), $1) }
    case (.sdiv, true): { unsafe go(narrowStep(.sdiv, fromRegister: true, $0, $1), $1) }
    case (.sdiv, false): { unsafe go(narrowStep(.sdiv, fromRegister: false, $0, $1), $1) }
    case (.or, true): { unsafe go(narrowStep(.or, fromRegister: true, $0, $1), $1) }
    case (.or, false): { unsafe go(narrowStep(.or, fromRegister: false, $0, $1), $1) }
    case (.and, true): { unsafe go(narrowStep(.and, fromRegister: true, $0, $1), $1) }
    case (.and, false): { unsafe go(narrowStep(.and, fromRegister: false, $0, $1), $1) }
    case (.lsh, true): { unsafe go(narrowStep(.lsh, fromRegister: true, $0, $1), $1) }
    case (.lsh, false): { unsafe go(narrowStep(.lsh, fromRegister: false, $0, $1), $1) }
    case (.rsh, true): { unsafe go(narrowStep(.rsh, fromRegister: true, $0, $1), $1) }
    case (.rsh, false): { unsafe go(narrowStep(.rsh, fromRegister: false, $0, $1), $1) }
    case (.mod, true): { unsafe go(narrowStep(.mod, fromRegister: true, $0, $1), $1) }
    case (.mod, false): { unsafe go(narrowStep(.mod, fromRegister: false, $0, $1), $1) }
    case (.smod, true): { unsafe go(narrowStep(.smod, fromRegister: true, $0, $1), $1) }
    case (.smod, false): { unsafe go(narrowStep(.smod, fromRegister: false, $0, $1), $1) }
    case (.xor, true): { unsafe go(narrowStep(.xor, fromRegister: true, $0, $1), $1) }
    case (.xor, false): { unsafe go(narrowStep(.xor, fromRegister: false, $0, $1), $1) }
    case (.mov, true): { unsafe go(narrowStep(.mov, fromRegister: true, $0, $1), $1) }
    case (.mov, false): { unsafe go(narrowStep(.mov, fromRegister: false, $0, $1), $1) }
    case (.arsh, true): { unsafe go(narrowStep(.arsh, fromRegister: true, $0, $1), $1) }
    case (.arsh, false): { unsafe go(narrowStep(.arsh, fromRegister: false, $0, $1), $1) }
    }
  }

  /// `destination = -destination`.
  static func negate(_ width: Width) -> Handler {
    switch width {
    case .doubleWord: { unsafe go(unaryStep($0, $1) { 0 &- $0 }, $1) }
    case .word: { unsafe go(unaryStep($0, $1) { UInt64(0 &- UInt32(truncatingIfNeeded: $0)) }, $1) }
    }
  }

  /// `movsx`; a half that is 64 bits wide is a plain move.
  static func moveSignExtending(_ size: Size, _ width: Width) -> Handler {
    switch (size, width) {
    case (.byte, .doubleWord): { unsafe go(unaryStep($0, $1) { Size.byte.signExtend($0) }, $1) }
    case (.half, .doubleWord): { unsafe go(unaryStep($0, $1) { Size.half.signExtend($0) }, $1) }
    case (.word, .doubleWord): { unsafe go(unaryStep($0, $1) { Size.word.signExtend($0) }, $1) }
    case (.byte, .word): { unsafe go(unaryStep($0, $1) { Size.byte.signExtend($0) & 0xffff_ffff }, $1) }
    case (.half, .word): { unsafe go(unaryStep($0, $1) { Size.half.signExtend($0) & 0xffff_ffff }, $1) }
    case (.word, .word): { unsafe go(unaryStep($0, $1) { $0 & 0xffff_ffff }, $1) }
    case (.doubleWord, _): { unsafe go(unaryStep($0, $1) { $0 }, $1) }
    }
  }

  /// Byte-order conversions.
  static func swap(_ swap: ByteSwap, _ size: Size) -> Handler {
    switch (swap, size) {
    case (_, .byte): { unsafe go(unaryStep($0, $1) { $0 & 0xff }, $1) }
    case (.toLittleEndian, .half): { unsafe go(unaryStep($0, $1) { $0 & 0xffff }, $1) }
    case (.toLittleEndian, .word): { unsafe go(unaryStep($0, $1) { $0 & 0xffff_ffff }, $1) }
    case (.toLittleEndian, .doubleWord): { unsafe go(unaryStep($0, $1) { $0 }, $1) }
    case (_, .half): { unsafe go(unaryStep($0, $1) { ByteSwap.always.evaluate($0, .half) }, $1) }
    case (_, .word): { unsafe go(unaryStep($0, $1) { ByteSwap.always.evaluate($0, .word) }, $1) }
    case (_, .doubleWord): { unsafe go(unaryStep($0, $1) { ByteSwap.always.evaluate($0, .doubleWord) }, $1) }
    }
  }
}
