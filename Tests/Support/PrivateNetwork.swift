import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// A network namespace that one test makes, fills and leaves behind with its thread.
public enum PrivateNetwork {
  /// Why there is none.
  public struct Unavailable: Error, CustomStringConvertible {
    /// One line for a person.
    public let description: String
    /// Makes a reason.
    public init(description: String) { self.description = description }
  }

  /// Where iproute2's command is, nil where it is not installed.
  public static let command = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  /// Runs a body on a thread in a namespace of its own, in which `ip` has carried out these lines.
  ///
  /// `settings` are written below `/proc/sys/net`.
  public static func with(
    _ lines: [String],
    settings: [(path: String, value: String)] = [],
    _ body: @escaping @Sendable () throws -> Void
  ) throws {
    #if os(Linux)
    let outcome = Outcome()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      outcome.result = Result { try run(lines, settings, body) }
      done.signal()
    }
    thread.stackSize = 8 << 20
    thread.start()
    done.wait()
    try outcome.result.get()
    #else
    throw Unavailable(description: "network namespaces are Linux's")
    #endif
  }

  /// Written by the thread before it signals, read after that.
  private final class Outcome: @unchecked Sendable {
    var result: Result<Void, any Error> = .success(())
  }

  #if os(Linux)
  /// `unshare(CLONE_NEWNET)`, which the module of the C library does not declare.
  private static func leaveNetwork() -> Int32 {
    guard let symbol = unsafe dlsym(nil, "unshare") else { return -1 }
    let unshare = unsafe unsafeBitCast(symbol, to: (@convention(c) (Int32) -> Int32).self)
    return unshare(0x4000_0000)
  }

  private static func run(
    _ lines: [String],
    _ settings: [(path: String, value: String)],
    _ body: () throws -> Void
  ) throws {
    guard let command else { throw Unavailable(description: "iproute2 is not installed") }
    guard leaveNetwork() == 0 else {
      throw Unavailable(description: "a network namespace was refused (errno \(errno))")
    }
    let status = try carryOut(lines, by: command)
    guard status == 0 else { throw Unavailable(description: "ip refused a line (wait status \(status))") }
    for (path, value) in settings {
      let file = unsafe open("/proc/sys/net/" + path, O_WRONLY)
      guard file >= 0 else { throw Unavailable(description: "\(path) cannot be written") }
      defer { close(file) }
      let bytes = Array(value.utf8)
      let written = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress, $0.count) }
      guard written == bytes.count else { throw Unavailable(description: "\(path) refused \(value)") }
    }
    try body()
  }

  /// Gives lines to the command, a child of this thread, which works in this thread's namespace; its wait status.
  ///
  /// Foundation's `Process` sometimes never hears of the end of a child that was started here.
  private static func carryOut(_ lines: [String], by command: String) throws -> Int32 {
    let text = FileManager.default.temporaryDirectory.appending(path: "ip-\(UUID().uuidString)").path()
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: text))
    defer { try? FileManager.default.removeItem(atPath: text) }
    let words: [String] = [command, "-batch", text]
    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { word in unsafe strdup(word) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    var child: pid_t = 0
    let code = unsafe posix_spawn(&child, command, nil, nil, &arguments, environ)
    guard code == 0 else { throw Unavailable(description: "\(command) cannot be started (errno \(code))") }
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw Unavailable(description: "\(command) was lost (errno \(errno))") }
    }
    return status
  }
  #endif
}
