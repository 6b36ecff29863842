/// The running kernel's own types, for CO-RE and kernel functions.
public enum KernelBTF {
  private static let path = "/sys/kernel/btf/vmlinux"

  /// The kernel's types in BTF's binary form, some megabytes.
  public static func vmlinux() throws(KernelError) -> [UInt8] {
    do {
      return try SystemFile.contents(of: path)
    } catch {
      throw KernelError(
        command: error.command,
        subject: error.subject,
        code: error.code,
        advice: "needs Linux, built with CONFIG_DEBUG_INFO_BTF"
      )
    }
  }
}
