import BPF
import SystemPackage

/// Files in which the kernel tells about itself.
///
/// Invariant: a read writes only into the array whose buffer it is given, and only the bytes it reports are kept.
enum SystemFile {
  /// The whole file.
  ///
  /// Such files report no size, or a wrong one, so they are read to their end.
  static func contents(of path: String) throws(KernelError) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(FilePath(path), .readOnly)
      return try file.closeAfter {
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
          let count = try unsafe chunk.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
          if count == 0 { return result }
          result += chunk[..<count]
        }
      }
    } catch {
      let code = (error as? Errno).map { LinuxErrno(rawValue: $0.rawValue) } ?? .ioError
      throw KernelError(command: "read", subject: path, code: code)
    }
  }
}
