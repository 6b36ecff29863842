import SystemPackage

/// A file, or standard input, read whole.
///
/// The one unsafe operation is read(2) into an array's storage: the array is ours alone and outlives the call.
enum InputFile {
  /// The largest file that is read into memory, in bytes.
  static let limit = 256 << 20

  /// The bytes of a file; `what` names its purpose in a message, such as "program".
  static func bytes(_ path: String, _ what: String, limit: Int = limit) throws(CommandError) -> [UInt8] {
    do {
      let file = try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
      return try file.closeAfter { try rest(of: file, "\(what) '\(path)'", limit) }
    } catch let error as CommandError {
      throw error
    } catch {
      throw .badInput("cannot read the \(what) '\(path)': \(error)")
    }
  }

  /// Whether a file's bytes are still there once they were read: not those of a pipe.
  static func canBeReadAgain(_ path: String) -> Bool {
    let options: FileDescriptor.OpenOptions = [.closeOnExec, .nonBlocking]
    guard let file = try? FileDescriptor.open(FilePath(path), .readOnly, options: options) else {
      return false
    }
    defer { try? file.close() }
    return (try? file.seek(offset: 0, from: .start)) != nil
  }

  /// Everything on standard input.
  static func standardInput(_ what: String, limit: Int) throws(CommandError) -> [UInt8] {
    do {
      return try rest(of: .standardInput, "\(what) on standard input", limit)
    } catch let error as CommandError {
      throw error
    } catch {
      throw .badInput("cannot read the \(what) on standard input: \(error)")
    }
  }

  private static func rest(of file: FileDescriptor, _ what: String, _ limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try unsafe chunk.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
      if count == 0 { return bytes }
      guard bytes.count + count <= limit else {
        throw CommandError.badInput("the \(what) is larger than \(limit >> 20) MiB")
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }
}
