import ArgumentParser
import BPF
import BPFVerifier
import LinuxKernel
import XDP

/// `xdp verify`: whether a program is safe, and if not, why.
struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Says whether a program is safe to run, and explains a refusal as a compiler would.",
    discussion: """
      The judgement is that of Linux 6.18's verifier, made here: no kernel and no privilege are needed. All programs \
      of the object are verified, or the one that --program names. The exit code is 1 where one is refused, here or \
      by the kernel.

      Example: xdp verify firewall.o --kernel
      """
  )

  @OptionGroup var program: ProgramOptions

  @Flag(help: "Loads each program into the running kernel too, and shows both verdicts.")
  var kernel = false

  @Flag(
    help:
      "Follows all ways one by one, as Linux does, to Linux's limits; else programs that it may give up are tried in other ways."
  )
  var exact = false

  @Option(
    help: ArgumentHelp(
      "Prints what Linux's verifier would log, in its syntax: 1 the way to a refusal, 2 the states on every way.",
      valueName: "0|1|2"
    )
  )
  var log = 0

  @Flag(help: "Prints JSON: a document, or an array of them where the object has several programs.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Writes a page: source beside instructions, what is known before each, the way to a refusal, and the control flow.",
      valueName: "file"
    )
  )
  var html: String?

  @Option(
    help: ArgumentHelp(
      "How many processors the machine may have that the programs are for; this one's, unless said otherwise.",
      valueName: "n"
    )
  )
  var processors: Int?

  @Option(
    help: ArgumentHelp(
      "Says too what this older Linux lacks of what the programs want, 5.10 to 6.18. Not modelled: how far its verifier goes and its rules, flags passed to helpers, helpers that came to XDP later than to others, backports.",
      valueName: "version"
    )
  )
  var kernelVersion: String?

  func validate() throws {
    if let processors, !(1...65_536).contains(processors) {
      throw ValidationError("--processors \(processors): a number from 1 to 65536 is needed")
    }
    guard (0...2).contains(log) else { throw ValidationError("--log \(log): there are levels 0, 1 and 2") }
    guard let kernelVersion else { return }
    guard let version = KernelVersion(kernelVersion), version >= .v5_10, version <= .v6_18 else {
      throw ValidationError(
        "--kernel-version: '\(kernelVersion)' is no version from 5.10 to 6.18, such as \(KernelVersion.profiled.map(\.description).joined(separator: ", "))"
      )
    }
  }

  func run() async throws {
    let opened = try await OpenedObject.open(program)
    let programs = try opened.programsToVerify(program.name)
    for warning in opened.object.warnings { Console.warn(warning) }
    if kernel, let reason = KernelEngine.unavailability {
      throw CommandError.refused("--kernel: programs cannot be loaded here: \(reason)")
    }
    let environment = try opened.verifierEnvironment(for: programs, processors: processors)
    var verifications: [Verification] = []
    for program in programs {
      var verification = Verification(program, environment, isExact: exact)
      verification.log = LogLevel(rawValue: log).map { Verifier(environment).log(of: program, $0) }
      if html != nil { verification.states = Verifier(environment, isExact: exact).states(of: program) }
      if let version = kernelVersion.flatMap({ KernelVersion($0) }) {
        verification.profile = (version, KernelProfile(version).objections(to: program))
      }
      if kernel { verification.kernel = try KernelVerdict(program) }
      verifications.append(verification)
    }
    if let html {
      try VerificationPage(opened.object.name, verifications).write(to: html, keeping: self.program.path)
    }
    try show(verifications)
    if verifications.contains(where: \.isRefusedBySomebody) { throw ExitCode(CommandError.Code.no.rawValue) }
  }

  private func show(_ verifications: [Verification]) throws(CommandError) {
    var console = Console()
    if json {
      let documents = verifications.map(\.document)
      try console.print(documents.count == 1 ? documents[0] : .array(documents))
    } else {
      for (index, verification) in verifications.enumerated() {
        for warning in verification.warnings { Console.warn("\(verification.program.name): \(warning)") }
        if index > 0 { try console.print("") }
        if let log = verification.log { try console.write(log.utf8) }
        for line in verification.lines { try console.print(line) }
      }
    }
    try console.flush()
  }
}
