import CLinux

/// What a processor can do beyond what all of its kind can.
package struct ARM64Features: Hashable, Sendable {
  /// Atomic operations in one instruction (LSE, ARMv8.1).
  package var hasAtomics = false

  package init(hasAtomics: Bool = false) { self.hasAtomics = hasAtomics }

  /// What the processor here can do; of another kind of processor, only what all have.
  static let host = ARM64Features(hasAtomics: clinux_has_arm_atomics() != 0)
}
