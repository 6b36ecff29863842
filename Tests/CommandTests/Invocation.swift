import Subprocess
import SystemPackage
import Testing

/// One call of the built command, from the package's folder.
struct Invocation {
  /// The exit code, or nil where a signal ended it.
  let exitCode: Int32?
  /// What it wrote to standard output.
  let output: String
  /// What it wrote to standard error.
  let messages: String

  /// The package's folder.
  static let root = FilePath(#filePath).removingLastComponent().removingLastComponent()
    .removingLastComponent()

  /// The command, beside the tests that run.
  private static let executable: FilePath = {
    let tests = FilePath(CommandLine.arguments[0])
    let folder = tests.removingLastComponent()
    return (folder.isAbsolute ? folder : root.appending(folder.components)).appending("xdp")
  }()

  /// A piece of shell that presses Ctrl-C on the last command in the background, once it listens or has ended.
  static let interruptLast =
    "until [ ! -e /proc/$! ] || grep -q 'SigCgt:.*[4-7c-f]...$' /proc/$!/status; do sleep 0.05; done; sleep 0.3; kill -INT $!"

  /// Calls the command and waits for its end.
  static func xdp(_ arguments: String..., input: String = "") async throws -> Invocation {
    try await xdp(arguments, input: input)
  }

  /// Calls the command and waits for its end.
  static func xdp(_ arguments: [String], input: String = "") async throws -> Invocation {
    let result = try await run(
      .path(executable),
      arguments: Arguments(arguments),
      environment: .inherit.updating(["NO_COLOR": "1", "COLUMNS": "80"]),
      workingDirectory: root,
      input: .string(input),
      output: .string(limit: 64 << 20),
      error: .string(limit: 64 << 20)
    )
    var code: Int32?
    if case .exited(let status) = result.terminationStatus { code = status }
    return Invocation(exitCode: code, output: result.standardOutput, messages: result.standardError)
  }

  /// Runs a line of shell in which `$XDP` is the command.
  static func shell(_ line: String) async throws -> Invocation {
    let result = try await run(
      .path("/bin/sh"),
      arguments: ["-c", line],
      environment: .inherit.updating(["NO_COLOR": "1", "XDP": executable.string]),
      workingDirectory: root,
      output: .string(limit: 64 << 20),
      error: .string(limit: 64 << 20)
    )
    var code: Int32?
    if case .exited(let status) = result.terminationStatus { code = status }
    return Invocation(exitCode: code, output: result.standardOutput, messages: result.standardError)
  }
}
