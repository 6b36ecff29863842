import BPF
import LinuxKernel

/// What the running kernel's verifier said of a program.
struct KernelVerdict: Hashable {
  /// Whether it took the program.
  var isAccepted: Bool
  /// How long its verification took; nil where it refused before that.
  var microseconds: Int?
  /// How many instructions it followed; nil where it refused before that.
  var processed: Int?
  /// What its verifier wrote; where it wrote nothing, the error.
  var log: String
  /// The line that says why it refused; empty if it did not.
  var reason: String

  /// Loads the program, and lets go of it at once.
  ///
  /// - Throws: What kept the kernel from judging: no privilege, a map that it would not make.
  init(_ program: Program) throws(CommandError) {
    do throws(KernelError) {
      let loaded = try KernelEngine.load(program, logLevel: .statistics)
      self.init(isAccepted: true, statistics: loaded.log, log: loaded.log, reason: "")
    } catch {
      guard error.command == "BPF_PROG_LOAD", !error.log.isEmpty || error.code != .notPermitted else {
        throw .refused("--kernel: '\(program.name)' was not judged: \(error)")
      }
      self.init(
        isAccepted: false,
        statistics: error.log,
        log: Self.explanation(of: error, program),
        reason: error.reason.isEmpty ? error.description : error.reason
      )
    }
  }

  private init(isAccepted: Bool, statistics: String, log: String, reason: String) {
    self.isAccepted = isAccepted
    self.log = log
    self.reason = reason
    microseconds = Self.number(after: "verification time ", in: statistics)
    processed = Self.number(after: "processed ", in: statistics)
  }

  /// The log with the way to the refusal, for which the program is loaded once more; statistics alone lack it.
  private static func explanation(of error: KernelError, _ program: Program) -> String {
    do throws(KernelError) {
      return try KernelEngine.load(program, logLevel: .brief).log
    } catch let second {
      return [second.log, error.log].first { !$0.isEmpty } ?? error.description
    }
  }

  /// The number that follows a word at the start of a line.
  static func number(after word: String, in log: String) -> Int? {
    for line in log.split(whereSeparator: \.isNewline).reversed() where line.hasPrefix(word) {
      return Int(line.dropFirst(word.count).prefix { $0.isNumber })
    }
    return nil
  }
}
