/// What a relocation's instruction is to become.
public struct COREResolution: Hashable, Sendable {
  /// The new immediate, or the new offset of a load or store.
  ///
  /// Nil means that the target has no such field or enumerator: the instruction must never run, and is to be
  /// replaced by one that says so ("poisoned"); programs guard it by asking whether the field exists.
  public var value: UInt64?
  /// What the instruction holds now; nil where compilers may choose and it can't be checked.
  public var original: UInt64?
  /// How the width of a load or store changes; other instructions don't care.
  public var access: AccessChange
  /// What was asked and what was found, in one line.
  public var explanation: String

  /// How a load or store of a field fits the target's field.
  public enum AccessChange: Hashable, Sendable {
    /// The widths agree, or no load or store is meant.
    case none
    /// The access must become `to` bytes wide, from `from`; both are unsigned, so that nothing is lost.
    case resize(from: Int, to: Int)
    /// The widths differ, and a wider or narrower access would read another value: a load or store is to be
    /// poisoned.
    case lossy(from: Int, to: Int)
  }
}
