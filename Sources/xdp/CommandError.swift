import ArgumentParser
import XDPDrivers

/// Why the command stops: what a person reads on standard error, and the exit code.
struct CommandError: Error, CustomStringConvertible {
  /// The exit codes of the contract.
  enum Code: Int32 {
    /// The answer is no: a program refused, a packet test failed, a difference found.
    case no = 1
    /// Bad usage or input.
    case badInput = 2
    /// The system refused: permission, a missing kernel feature, no such interface.
    case refused = 3
  }

  /// The exit code.
  var code: Code
  /// What was asked, what failed, what to do.
  var description: String

  /// Bad usage or input.
  static func badInput(_ message: String) -> CommandError {
    CommandError(code: .badInput, description: message)
  }
  /// The system refused.
  static func refused(_ message: String) -> CommandError {
    CommandError(code: .refused, description: message)
  }
  /// The answer is no.
  static func no(_ message: String) -> CommandError { CommandError(code: .no, description: message) }

  /// A capture that cannot be written: bad input where its name is another file's, else the system's refusal.
  static func output(_ error: CaptureError, _ option: String = "") -> CommandError {
    if case .isInput = error { return .badInput(option + error.description) }
    return .refused(option + error.description)
  }

  /// The contract's exit code for any error that a command throws.
  static func exitCode(for error: any Error) -> Int32 {
    switch error {
    case let error as CommandError: error.code.rawValue
    case let error as ExitCode: error.rawValue
    default:
      switch XDPCommand.exitCode(for: error) {
      case .success: 0
      // Whatever reaches this line and is no `CommandError` came from the argument parser.
      default: Code.badInput.rawValue
      }
    }
  }
}
