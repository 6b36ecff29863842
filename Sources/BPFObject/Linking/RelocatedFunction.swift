import BPF
import BTF

/// One function with everything resolved that doesn't depend on the program that it becomes part of.
struct RelocatedFunction {
  /// A call of another function, or its address.
  struct Reference {
    let slot: Int
    /// An index into the object's functions.
    let callee: Int
  }

  /// By slot; nil for the second slot of a 64-bit immediate.
  var slots: [Instruction?]
  /// In ascending order of slot.
  var references: [Reference] = []
  /// Slots that refer to externs, with the extern's index in the symbol table.
  var externs: [(slot: Int, symbol: Int)] = []
  var lines: [(slot: Int, line: SourceLine)] = []
  /// In the object's BTF; 0 where unknown.
  var type: BTF.TypeID = 0
  var warnings: [String] = []
}
