import BTF
import LinuxKernel

/// The numbers of the running kernel's functions in its types.
enum KernelTypeNumbers {
  static let types: BTF? = {
    guard let bytes = try? KernelBTF.vmlinux() else { return nil }
    return try? BTF(parsing: bytes.rawBytes)
  }()

  /// A function's number; 0 for one that this kernel does not have.
  static func of(_ function: String) -> Int { Int(types?.find(named: function, kind: .function) ?? 0) }

  /// A struct's number; 0 for one that this kernel does not have.
  static func structure(_ name: String) -> Int { Int(types?.find(named: name, kind: .structure) ?? 0) }
}
