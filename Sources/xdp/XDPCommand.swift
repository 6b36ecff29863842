import ArgumentParser
import SystemPackage

/// The `xdp` command: one subcommand a file.
@main struct XDPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "xdp",
    abstract: "Runs, tests and explains XDP programs in user space, and attaches them in the kernel.",
    discussion: """
      Exit codes: 0 done; 1 the answer is no (a program was refused or trapped, a difference was found); \
      2 bad usage or input; 3 the system refused.

      Example: xdp test drop.o --input packets.pcap
      """,
    subcommands: [
      RunCommand.self, TestCommand.self, VerifyCommand.self, ExecCommand.self, InspectCommand.self,
      BenchCommand.self, AttachCommand.self, DetachCommand.self, StatusCommand.self,
      MapCommand.self,
    ]
  )

  static func main() async {
    Terminal.prepare()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      finish(error)
    }
  }

  /// Prints help; exits with the contract's code where nobody can be told.
  private static func printHelp(_ message: String) {
    var console = Console()
    do throws(CommandError) {
      try console.print(message)
      try console.flush()
    } catch {
      Console.fail(error.description)
      exit(withError: ExitCode(error.code.rawValue))
    }
  }

  /// `--on` takes everything up to the next option, the program too if it comes after.
  private static func orderHint(_ message: String) -> String? {
    guard message.contains("Missing expected argument '<program>'"), CommandLine.arguments.contains("--on")
    else {
      return nil
    }
    return
      "note: --on takes all that follows up to the next option: put the program first, xdp run PROGRAM --on …"
  }

  /// Says what stopped the command, on the stream where it belongs, and exits with the contract's code.
  private static func finish(_ error: any Error) -> Never {
    let code = CommandError.exitCode(for: error)
    switch error {
    case let error as CommandError: Console.fail(error.description)
    case is ExitCode: break
    default:
      let message = fullMessage(for: error)
      if code == 0 {
        // Help that was asked for is the answer, so it belongs on standard output.
        printHelp(message)
      } else {
        Console.note(message)
        if let hint = orderHint(message) { Console.note(hint) }
      }
    }
    exit(withError: ExitCode(code))
  }
}
