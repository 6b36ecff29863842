import BPF
public import BTF

// Maps that are in the kernel already.

extension KernelMap {
  /// Opens a map by its number; nil where there is none.
  ///
  /// Its definition is what the kernel tells of it: the name is cut at 15 bytes.
  public static func open(id: UInt32) throws(KernelError) -> KernelMap? {
    guard let descriptor = try ObjectKind.map.open(id) else { return nil }
    return try adopt(descriptor)
  }

  /// Opens a map by its pin, a file in a BPF file system.
  public static func open(pinnedAt path: String) throws(KernelError) -> KernelMap {
    let descriptor = try BPFFileSystem.open(path)
    do throws(KernelError) {
      return try adopt(descriptor)
    } catch {
      throw KernelError(
        command: error.command,
        subject: path,
        code: error.code,
        advice: "what is pinned there is no map"
      )
    }
  }

  private static func adopt(_ descriptor: consuming Descriptor) throws(KernelError) -> KernelMap {
    let info = try MapInfo(descriptor)
    return try KernelMap(adopting: descriptor, info)
  }

  /// The types that the map's keys and values were given when it was made; nil where it has none.
  public func storedTypes() throws(KernelError) -> BTF? {
    guard let info = try MapInfo(id: id), info.typesID != 0 else { return nil }
    return try KernelBTF.types(id: info.typesID)
  }
}
