import ArgumentParser
import BPF
import XDP

/// `xdp test`: a program on packets, one by one.
struct TestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Runs a program on each packet, and reports each verdict and the packet after it.",
    discussion: """
      The exit code is 1 where a packet stopped the program, or where two engines differ (--engine all), and 130 \
      after Ctrl-C. With --why it is 0 where a packet with that action was explained, and 1 where there is none, or \
      where the packet of --at has another. The kernel's test run takes packets of 14 bytes and more: --engine kernel refuses shorter ones, \
      --engine all leaves them out and says so.

      A program is verified first, as xdp verify does, and one that is refused does not run: the exit code is 1. For \
      --engine kernel the kernel is the judge. Machine code (jit) is made of verified programs only; --engine all leaves it \
      out, and says why, where it cannot be made.

      Example: xdp test firewall.o --input traffic.pcap --why drop
      """
  )

  /// `--engine`.
  enum Engine: String, ExpressibleByArgument, CaseIterable {
    case interpreter, oracle, kernel, all, jit

    static var allValueStrings: [String] { ["interpreter", "jit", "oracle", "kernel", "all"] }
  }

  @OptionGroup var program: ProgramOptions

  @Option(help: ArgumentHelp("A capture of packets; may be given several times.", valueName: "file"))
  var input: [String] = []

  @Option(help: ArgumentHelp("A packet spelled out; may be given several times.", valueName: "hex"))
  var packet: [String] = []

  @Option(
    help:
      "What runs the program: the interpreter, machine code (jit), the interpreter's oracle mode, or the kernel; 'all' compares the interpreter with machine code and the kernel."
  )
  var engine: Engine = .interpreter

  @Option(help: ArgumentHelp("Writes the packets with their verdicts, as pcapng.", valueName: "file"))
  var output: String?

  @Flag(
    help: "Prints every instruction with what it changed, its source line, and the packet before and after."
  )
  var trace = false

  @Flag(
    name: .customLong("trace-json"),
    help: "Prints the same as lines of JSON: each packet, each instruction, each verdict."
  )
  var traceJSON = false

  @Option(
    help: ArgumentHelp(
      "Reports only this packet, counted from 0. Those before it are run, so that the maps are as they were.",
      valueName: "n"
    )
  )
  var at: Int?

  @Option(
    help: ArgumentHelp(
      "Tells why the first packet with this action, or that of --at, got its verdict. With --json, as the member 'why', and only packets with this action are reported.",
      valueName: "action"
    )
  )
  var why: ActionName?

  @OptionGroup var options: RunOptions

  @Flag(help: "Prints JSON.")
  var json = false

  func validate() throws {
    guard !input.isEmpty || !packet.isEmpty else {
      throw ValidationError("give packets: --input traffic.pcap, or --packet with hex digits")
    }
    if engine == .kernel, let option = options.userOnly {
      throw ValidationError(
        "\(option) has no effect on --engine kernel, whose clock, random numbers and maps are the kernel's own"
      )
    }
    if engine == .kernel, options.unverified {
      throw ValidationError(
        "--unverified has no effect on --engine kernel: the kernel verifies every program itself"
      )
    }
    if let at, at < 0 { throw ValidationError("--at \(at): packets are counted from 0") }
    let forms = [trace, traceJSON, json].filter(\.self).count
    guard forms < 2 else { throw ValidationError("--trace, --trace-json and --json: give one of them") }
    guard why == nil || !(trace || traceJSON) else {
      throw ValidationError("--why tells in few lines what --trace tells in full: give one of them")
    }
    guard engine != .kernel || !(trace || traceJSON || why != nil) else {
      throw ValidationError("--engine kernel: the kernel does not show its instructions; use another engine")
    }
  }

  func run() async throws {
    let opened = try await OpenedObject.open(program)
    let programs = try opened.programs(program.name)
    for warning in opened.object.warnings { Console.warn(warning) }
    if engine == .all { warnOfChance(in: programs) }
    // The kernel's engine has a judge of its own.
    let admitted = engine == .kernel ? .unverified(programs) : try opened.admit(programs, options)
    let feed = try PacketFeed(captures: input, hex: packet, geometry: try options.geometry)
    let recorder = try output.map { path throws(CommandError) in
      try VerdictRecorder(
        path,
        program: programs[0].name,
        inputs: input,
        keeping: input + [program.path],
        geometry: try options.geometry
      )
    }
    let selection = PacketSelection(index: at, action: why?.action)
    let form: TracePrinter.Form? = trace ? .text : traceJSON ? .json : nil
    let types = TraceTypes(types: programs[0].btf)
    let tracer = form.map { TracePrinter($0, types: types) }
    var absent: EngineAbsence?
    let testers = try makeTesters(admitted, &absent)
    if let absent { Console.warn("\(absent.engine) is left out: \(absent.reason)") }
    var session = TestSession(
      programs[0],
      testers,
      absent: absent,
      selection,
      recorder,
      printsJSON: json,
      tracer: tracer,
      reenact: engine == .all
        ? { results, engines throws(CommandError) in
          try reenact(programs, opened, testers, results, engines)
        } : nil,
      keeper: why == nil ? nil : StoryKeeper(selection, types: types)
    )
    try session.run(feed)
    if let signal = session.endingSignal { throw ExitCode(128 + signal) }
    if session.hasFailed { throw ExitCode(CommandError.Code.no.rawValue) }
  }

  /// The kernel's clock and random numbers cannot be set.
  private func warnOfChance(in programs: [Program]) {
    let names = [
      "bpf_ktime_get_ns", "bpf_get_prandom_u32", "bpf_ktime_get_boot_ns", "bpf_ktime_get_coarse_ns",
    ]
    let used = names.filter { name in
      guard let id = HelperNames.id(of: name) else { return false }
      return programs.contains { $0.instructions.contains(.call(.helper(id))) }
    }
    guard !used.isEmpty else { return }
    Console.warn(
      "\(used.joined(separator: " and ")): the kernel has its own, so a difference may be due to that"
    )
  }

  private func makeTesters(
    _ admitted: AdmittedPrograms,
    _ absent: inout EngineAbsence?
  ) throws(CommandError) -> [any PacketTester] {
    switch engine {
    case .interpreter: return [try user(admitted)]
    case .jit: return [try user(admitted, kind: .machineCode)]
    case .kernel: return [try KernelTester(admitted.programs, options)]
    case .oracle: return [try user(admitted, kind: .oracle)]
    case .all:
      let interpreter = try user(admitted)
      let loaded = try UserEngine(
        admitted,
        options,
        kind: .fastest,
        isSilent: true,
        stop: interpreter.stop
      )
      let kernel = try KernelTester(admitted.programs, options)
      if let reason = loaded.fallback {
        absent = EngineAbsence(engine: "jit", reason: reason)
        return [interpreter, kernel]
      }
      return [interpreter, try UserTester(loaded, options), kernel]
    }
  }

  /// Runs the packets again in two engines of their own, after these did not agree.
  ///
  /// The programs were admitted before, and their copies with probes are judged by nobody but machine code's maker.
  private func reenact(
    _ programs: [Program],
    _ opened: OpenedObject,
    _ testers: [any PacketTester],
    _ results: [PacketReport],
    _ engines: [String]
  ) throws(CommandError) -> PartingText {
    let choices = [
      EngineChoice(name: "interpreter") { programs throws(CommandError) in
        try user(.unverified(programs), isSilent: true)
      },
      EngineChoice(name: "jit") { programs throws(CommandError) in
        try user(.verified(try opened.verified(programs)), kind: .machineCode, isSilent: true)
      },
      EngineChoice(name: "kernel") { programs throws(CommandError) in
        try KernelTester(programs, options, isSilent: true)
      },
    ]
    let reenactment = Reenactment(
      programs,
      choices.filter { engines.contains($0.name) },
      reference: try user(.unverified(programs), isSilent: true),
      stop: testers[0].stop,
      refusal: { packet in testers.lazy.compactMap { $0.refusal(of: packet) }.first }
    )
    if let path = input.first(where: { !InputFile.canBeReadAgain($0) }) {
      return PartingText(programs, ["'\(path)' cannot be read a second time, to show what each engine did."])
    }
    let feed = try PacketFeed(captures: input, hex: packet, geometry: try options.geometry)
    return PartingText(programs, try reenactment.run(feed, until: results), reenactment.names)
  }

  private func user(
    _ programs: AdmittedPrograms,
    kind: UserEngine.Kind = .interpreter,
    isSilent: Bool = false
  ) throws(CommandError) -> UserTester {
    let engine = try UserEngine(programs, options, kind: kind, isSilent: isSilent)
    if !isSilent { for warning in engine.warnings { Console.warn(warning) } }
    return try UserTester(engine, options)
  }
}
