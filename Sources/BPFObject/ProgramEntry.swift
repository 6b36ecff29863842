public import BPF

/// A function of an object that can be loaded as a program.
public struct ProgramEntry: Hashable, Sendable {
  /// The function's symbol.
  public var name: String
  /// The ELF section that it is in, such as `xdp.frags/devmap`.
  public var section: String
  /// What the section's name says that it is attached to; `xdp` where it says nothing.
  public var attachType: AttachType
  /// What other kind of program the section's name says, such as `tc`, `iter` or `tp_btf`; nil for XDP programs, and where
  /// it says nothing.
  public var otherType: String?
  /// With `notLoadedByDefault` for sections that start with `?` or that aren't XDP's by their name.
  public var flags: ProgramFlags
  /// The number of 8-byte slots of the function itself, without the functions that it calls.
  public var slotCount: Int

  /// Makes an entry.
  public init(
    name: String,
    section: String,
    attachType: AttachType,
    otherType: String? = nil,
    flags: ProgramFlags,
    slotCount: Int
  ) {
    self.otherType = otherType
    self.name = name
    self.section = section
    self.attachType = attachType
    self.flags = flags
    self.slotCount = slotCount
  }
}
