import BTF
import LinuxKernel

/// The kernel's types, for CO-RE and kernel functions: read when they are first asked for, for there are many.
final class KernelTypes {
  private let path: String?
  private var read: BTF??

  /// The types in a file, or the running kernel's.
  init(path: String?) { self.path = path }

  /// The types; nil where the running kernel shows none.
  func types() throws(CommandError) -> BTF? {
    if let read { return read }
    let types = try path.map(Self.file) ?? Self.running
    read = types
    return types
  }

  private static func file(_ path: String) throws(CommandError) -> BTF? {
    let bytes = try InputFile.bytes(path, "kernel's BTF")
    do throws(BTFError) {
      return try BTF(parsing: bytes.rawBytes)
    } catch {
      throw .badInput("--kernel-btf \(path): \(error)")
    }
  }

  private static var running: BTF? {
    guard let bytes = try? KernelBTF.vmlinux() else { return nil }
    return try? BTF(parsing: bytes.rawBytes)
  }
}
