import ArgumentParser
import XDP
import XDPDrivers

/// `xdp run`: a program on interfaces, until told to stop.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Puts a program on interfaces and moves packets until told to stop.",
    discussion: """
      An interface is pcap:IN[,OUT], a capture whose packets arrive and where to write them with their verdicts, or \
      memory:DESCRIPTION, made-up packets such as memory:count=1000000,size=imix,proto=udp:6+tcp:3+icmp, or \
      memory:wire=NAME, a wire to the other interface of that name. A live table is shown on a terminal; Ctrl-C ends \
      the run with its totals.

      A description has any of: count=N (no end without it), size=N, N-M, imix or a mix such as 60:7+590:4+1514, \
      proto=udp, tcp, tcp-syn, tcp-finack …, icmp, arp or a mix, flows=N, pick=uniform, zipf[:EXPONENT] or turns, \
      src=PREFIX, dst=PREFIX, ipv6=PERCENT, src6=PREFIX, dst6=PREFIX, port=N, vlan=N[-M], tagged=PERCENT, rate=N \
      (of timestamps), seed=N, and reuse=N[:scattered] (N packets that are made once and come again as the program \
      left them). The same description always gives the same packets.

      A program is verified first, as xdp verify does; one that is refused does not run, and the exit code is 1.

      Example: xdp run firewall.o --on pcap:traffic.pcap,verdicts.pcapng
      """
  )

  /// `--engine`.
  enum Engine: String, ExpressibleByArgument, CaseIterable { case auto, user, jit, interpreter, kernel }
  /// `--mode`.
  enum Mode: String, ExpressibleByArgument, CaseIterable { case auto, native, generic, offload }

  @OptionGroup var program: ProgramOptions

  @Option(
    name: .customLong("on"),
    parsing: .upToNextOption,
    help: ArgumentHelp("The interfaces whose packets the program sees.", valueName: "interface")
  )
  var interfaces: [String] = []

  @Option(
    help:
      "What runs the program: in user space machine code (jit) or the interpreter; 'user' and 'auto' take machine code where the program can be compiled, and say why where it cannot."
  )
  var engine: Engine = .auto

  @Option(help: "Where the program runs: on the driver's own frames, on copies, or in the layer below.")
  var mode: Mode = .auto

  @Option(
    help: ArgumentHelp(
      "An interface for the packets that the program redirects to a number.",
      valueName: "ifindex=interface"
    )
  )
  var redirect: [Assignment] = []

  @Option(help: ArgumentHelp("Stops after so many seconds.", valueName: "seconds"))
  var duration: Double?

  @Option(help: ArgumentHelp("Stops after so many packets.", valueName: "n"))
  var count: UInt64?

  @OptionGroup var options: RunOptions

  @Flag(
    help: "Writes where the functions of the machine code lie, for perf, into /tmp/perf-PID.map."
  )
  var perfMap = false

  @Flag(help: "Prints the totals as JSON.")
  var json = false

  func validate() throws {
    guard !interfaces.isEmpty else {
      throw ValidationError("say where packets come from, such as --on pcap:traffic.pcap")
    }
    if let duration, !(duration > 0 && duration <= 1e9) {
      throw ValidationError(
        "--duration \(duration): a number of seconds above 0 and up to a billion is needed"
      )
    }
  }

  func run() async throws {
    guard engine != .kernel else {
      throw CommandError.refused(
        "--engine kernel: programs in the kernel's hook are not supported yet; --engine user runs on pcap: and memory:"
      )
    }
    let opened = try await OpenedObject.open(program)
    let programs = try opened.programs(program.name, passages: true)
    let loaded = try UserEngine(try opened.admit(programs, options), options, kind: kind)
    for warning in opened.object.warnings + loaded.warnings { Console.warn(warning) }
    if perfMap { try PerfMap.add(loaded.symbols) }
    var session = try RunSession(loaded, interfaces: try openings(), mode: attachMode, options, count: count)
    var failure: CommandError?
    do throws(CommandError) {
      try await session.run(for: duration.map { .seconds($0) })
    } catch {
      failure = error
    }
    // What was done until then is worth knowing after a failure too.
    var console = Console()
    let totals = try session.finish()
    if json { for note in totals.notes { Console.warn(note) } }
    try console.write(json ? JSONText.document(try totals.document()) : Array(try totals.text().utf8))
    try console.flush()
    if let failure { throw failure }
  }

  private var kind: UserEngine.Kind {
    switch engine {
    case .jit: .machineCode
    case .interpreter: .interpreter
    case .auto, .user, .kernel: .fastest
    }
  }

  private var attachMode: AttachMode? {
    switch mode {
    case .auto: nil
    case .native: .native
    case .generic: .generic
    case .offload: .offload
    }
  }

  /// The interfaces with their numbers: those of `--on` count from 1.
  private func openings() throws(CommandError) -> RunSession.Openings {
    var openings = RunSession.Openings()
    for (offset, text) in interfaces.enumerated() {
      openings.sources.append(try opening(text, index: UInt32(clamping: offset + 1), option: "--on \(text)"))
    }
    for assignment in redirect {
      let option = "--redirect \(assignment.name)=\(assignment.value)"
      guard let index = UInt32(assignment.name), index > 0 else {
        throw .badInput("\(option): '\(assignment.name)' is no interface's number")
      }
      guard !(openings.sources + openings.targets).contains(where: { $0.index == index }) else {
        throw .badInput("\(option): there is an interface \(index) already; those of --on count from 1")
      }
      openings.targets.append(try opening(assignment.value, index: index, option: option))
    }
    openings.kept = try files(of: openings)
    return openings
  }

  /// Every file that is read; no two outputs may share one.
  private func files(of openings: RunSession.Openings) throws(CommandError) -> [String] {
    var kept = [program.path], outputs: Set<String> = []
    for opening in openings.sources + openings.targets {
      guard case .pcap(let input, let output) = opening.argument else { continue }
      if let input { kept.append(input) }
      if let output, !outputs.insert(output).inserted {
        throw .badInput("'\(output)' is the output of two interfaces; name another file for one of them")
      }
    }
    return kept
  }

  private func opening(
    _ text: String,
    index: UInt32,
    option: String
  ) throws(CommandError) -> RunSession.Opening {
    do throws(InterfaceArgumentError) {
      let argument = try InterfaceArgument(parsing: text)
      if let refusal = argument.refusal { throw InterfaceArgumentError(argument: text, reason: refusal) }
      return RunSession.Opening(text: text, argument: argument, index: index)
    } catch {
      let isKnown = (try? InterfaceArgument(parsing: text)) != nil
      throw isKnown ? .refused("\(option): \(error.reason)") : .badInput("\(option): \(error.reason)")
    }
  }
}
