import BPF
public import BTF

/// The running kernel's own types, for CO-RE and kernel functions, and those that objects brought along.
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

  /// The types that were loaded under a number, such as a map's; nil where they cannot be read.
  public static func types(id: UInt32) throws(KernelError) -> BTF? {
    var call = BPFCall()
    call.set(id, at: 0)
    let descriptor: Descriptor
    do throws(BPFCallFailure) {
      descriptor = Descriptor(owning: try call.perform(.typesByID))
    } catch {
      throw KernelError(error, subject: "types \(id)")
    }
    // `struct bpf_btf_info`: where the bytes are to go, and how many there are.
    let byteCount = Int(try descriptor.info(16).word(at: 8))
    let bytes = try descriptor.bytes(byteCount, countAt: 8, bytesAt: 0, of: 16)
    return try? BTF(parsing: bytes.rawBytes)
  }
}
