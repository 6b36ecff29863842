public import BPF

/// What the kernel refused, why, and what a person can do about it.
public struct KernelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was asked of the kernel, such as `BPF_PROG_LOAD`.
  public var command: String
  /// What it was asked for: the program's, map's or file's name.
  public var subject: String
  /// The kernel's error number.
  public var code: LinuxErrno
  /// What to do; may be empty.
  public var advice: String
  /// What the kernel's verifier wrote about a program or its types; may be empty.
  public var log: String

  /// Makes an error; advice that is not given is found from the command and the code.
  public init(command: String, subject: String, code: LinuxErrno, advice: String? = nil, log: String = "") {
    self.command = command
    self.subject = subject
    self.code = code
    self.advice = advice ?? Self.advice(for: command, code, hasLog: !log.isEmpty)
    self.log = log
  }

  init(_ failure: BPFCallFailure, subject: String, advice: String? = nil, log: String = "") {
    self.init(command: failure.command.name, subject: subject, code: failure.code, advice: advice, log: log)
  }

  /// One line for a person, then the verifier's log where there is one.
  public var description: String {
    "\(command) of '\(subject)' failed: \(code)" + (advice.isEmpty ? "" : "; \(advice)")
      + (log.isEmpty ? "" : "\n\(log)")
  }

  /// The last line of the log that says why, without the statistics after it; empty without a log.
  public var reason: String {
    log.split(whereSeparator: \.isNewline).last {
      !$0.hasPrefix("processed ") && !$0.hasPrefix("verification time") && !$0.hasPrefix("stack depth")
    }.map(String.init) ?? ""
  }

  private static func advice(for command: String, _ code: LinuxErrno, hasLog: Bool) -> String {
    switch (command, code) {
    case (_, .notPermitted): "needs the capabilities cap_bpf and cap_net_admin, for instance as root"
    case (_, .noSystemCall): "bpf(2) needs Linux, built with CONFIG_BPF_SYSCALL"
    case ("BPF_PROG_LOAD", _) where hasLog: "the kernel's verifier says why:"
    case ("BPF_PROG_LOAD", .tooBig): "the program has more instructions than this kernel takes"
    case ("BPF_PROG_LOAD", .invalid):
      "this kernel may lack an instruction, a flag or the license; programs that share a program array must have equal flags"
    case ("BPF_MAP_CREATE", .invalid):
      "type, sizes and flags do not fit each other, or this kernel lacks them"
    case ("BPF_MAP_CREATE", .tooBig), ("BPF_MAP_CREATE", .noMemory):
      "the kernel will not give so much memory; lower max_entries"
    case ("BPF_PROG_TEST_RUN", .invalid):
      "a packet has 14 bytes at least, its linear part at most 3,520; an rx queue needs an interface that has it; "
        + "devmap and cpumap programs cannot be test-run"
    case ("BPF_PROG_TEST_RUN", .notSupportedInternal), ("BPF_PROG_TEST_RUN", .notSupported):
      "this kernel cannot test-run the program's type"
    default: ""
    }
  }
}
