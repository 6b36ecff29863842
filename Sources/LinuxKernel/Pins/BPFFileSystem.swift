import BPF

/// The file system whose files are programs, maps and links that outlive their processes (`bpffs`).
public enum BPFFileSystem {
  /// Where it is mounted by custom.
  public static let usualPath = "/sys/fs/bpf"

  /// Gives an object a name in the file system.
  static func pin(_ descriptor: borrowing Descriptor, to path: String) throws(KernelError) {
    var call = BPFCall()
    call.point(at: Array(path.utf8) + [0], from: 0)
    do throws(BPFCallFailure) {
      try call.perform(.pin, descriptor, at: 8)
    } catch {
      throw KernelError(error, subject: path, advice: advice(error.code, path))
    }
  }

  /// Opens what a name stands for.
  static func open(_ path: String) throws(KernelError) -> Descriptor {
    var call = BPFCall()
    call.point(at: Array(path.utf8) + [0], from: 0)
    do throws(BPFCallFailure) {
      return Descriptor(owning: try call.perform(.openPin))
    } catch {
      throw KernelError(error, subject: path, advice: advice(error.code, path))
    }
  }

  private static func advice(_ code: LinuxErrno, _ path: String) -> String? {
    switch code {
    case .notPermitted, .invalid:
      "pins are files of a BPF file system: mount -t bpf bpf \(usualPath), and pin below it"
    case .noEntry: "there is no such file or directory; make the directory first"
    case .exists: "something is pinned there already"
    default: nil
    }
  }
}
