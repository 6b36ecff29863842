import CLinux

/// What a processor can do beyond what all of its kind can.
package struct X86Features: Hashable, Sendable {
  /// Shifts by any register (BMI2).
  var shiftsByRegister = false
  /// Loads that reverse bytes (MOVBE).
  var loadsReversed = false

  /// Only what all have.
  static let none = X86Features()

  /// What the processor here can do.
  static let host = X86Features(
    shiftsByRegister: clinux_has_bmi2() != 0,
    loadsReversed: clinux_has_movbe() != 0
  )
}
