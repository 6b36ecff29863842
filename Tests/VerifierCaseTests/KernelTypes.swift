import BTF
import LinuxKernel
import TestSupport

/// The running kernel's own types.
enum KernelTypes {
  /// Them; nil where the kernel does not tell.
  static let all: BTF? = (try? KernelBTF.vmlinux()).flatMap { try? BTF(parsing: $0.rawBytes) }

  /// A text with `[struct.member]` replaced by the member's offset; 0 where the types are not there.
  static func placing(_ text: String) throws -> String {
    var text = text
    while let match = text.firstMatch(of: /\[([a-z_0-9]+)\.([a-z_0-9.\[\]]+)\]/) {
      var offset = 0
      if let all, let id = all.find(named: String(match.1), kind: .structure) {
        offset = try all.place(of: String(match.2), in: id).byteOffset
      }
      text.replaceSubrange(match.range, with: "\(offset)")
    }
    return text
  }
}
