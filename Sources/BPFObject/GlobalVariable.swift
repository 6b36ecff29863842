public import BTF

/// A global or static variable of an object, in the map of its data section.
public struct GlobalVariable: Hashable, Sendable {
  /// Its name in the source.
  public var name: String
  /// The section that it is in, such as `.rodata`: also the name of its map.
  public var section: String
  /// The map that holds it, an index into the object's maps.
  public var map: Int
  /// Where it begins in the map's value, in bytes.
  public var offset: Int
  /// In bytes.
  public var byteCount: Int
  /// Its type in the object's BTF, 0 where unknown.
  public var type: BTF.TypeID

  /// Makes a variable.
  public init(name: String, section: String, map: Int, offset: Int, byteCount: Int, type: BTF.TypeID) {
    self.name = name
    self.section = section
    self.map = map
    self.offset = offset
    self.byteCount = byteCount
    self.type = type
  }
}
