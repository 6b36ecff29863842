import ArgumentParser
import BPF
import BPFJIT
import LinuxKernel
import XDPDrivers

/// `xdp bench`: how fast programs are, on every engine by turns.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures nanoseconds a packet on each engine, the kernel's test run beside them, by turns.",
    discussion: """
      The user-space engines run in the loop that xdp run has: packets arrive in batches, in frames that hold them \
      already, are run, sorted by their verdicts, and their frames given back. Every packet is as it was before each \
      pass over all of them. The kernel's test run repeats some of the packets, as the last run left them, and what it takes for a program that \
      only drops is measured beside it.

      Figures are medians, of the thread's processor time, with the least and the most. How long a dependent addition takes, \
      a cycle of the processor, is measured between them: that is 0.278 ns at 3.6 GHz.

      Example: xdp bench firewall.o --packets traffic.pcap
      """
  )

  /// `--engine`.
  enum Engine: String, ExpressibleByArgument, CaseIterable { case interpreter, jit, kernel, all }

  @Argument(
    help: ArgumentHelp(
      "Object files (.o), or C sources (.c), which are compiled first.",
      valueName: "program"
    )
  )
  var paths: [String]

  @OptionGroup var object: ObjectOptions

  @Option(
    help: ArgumentHelp("A capture whose packets are run, instead of made-up ones.", valueName: "file")
  )
  var packets: String?

  @Option(
    help: ArgumentHelp(
      "What made-up packets are like, as behind memory: of xdp run; UDP of 64 bytes unless said otherwise.",
      valueName: "description"
    )
  )
  var traffic: String?

  @Option(
    help: ArgumentHelp(
      "How many packets lie in memory (65536): made-up ones are all different, of a capture it is the most.",
      valueName: "n"
    )
  )
  var frames = BenchTraffic.usualCount

  @Option(help: "What runs the program; 'all' are all that can.")
  var engine: Engine = .all

  @Option(help: ArgumentHelp("How often each engine has its turn.", valueName: "n"))
  var rounds = 11

  @OptionGroup var options: RunOptions

  @Flag(
    help: "Writes where the functions of the machine code lie, for perf, into /tmp/perf-PID.map."
  )
  var perfMap = false

  @Flag(help: "Prints JSON.")
  var json = false

  func validate() throws {
    guard (1...1 << 24).contains(frames) else {
      throw ValidationError("--frames \(frames): a number from 1 to \(1 << 24) is needed")
    }
    guard (1...10_000).contains(rounds) else {
      throw ValidationError("--rounds \(rounds): a number from 1 to 10000 is needed")
    }
    guard packets == nil || traffic == nil else {
      throw ValidationError("--packets and --traffic: give one of them")
    }
    guard options.linear == nil else {
      throw ValidationError("--linear: packets are measured in one piece; xdp test knows fragments")
    }
    guard !(options.unverified && engine == .jit) else {
      throw ValidationError(
        "--engine jit: machine code checks nothing, so it is made of verified programs only"
      )
    }
  }

  func run() async throws {
    var objects: [OpenedObject] = []
    for path in paths { objects.append(try await OpenedObject.open(path, object)) }
    let traffic = try makeTraffic()
    for note in traffic.notes { Console.warn(note) }
    var session = BenchSession(traffic: traffic.description, rounds: rounds)
    for opened in objects {
      for warning in opened.object.warnings { Console.warn(warning) }
      try add(opened, traffic, to: &session)
    }
    try session.run(traffic.packets)
    let report = session.report
    if engine != .all, let absence = report.absences.first {
      throw CommandError.refused("--engine \(engine): program '\(absence.program)': \(absence.reason)")
    }
    var console = Console()
    if !report.results.isEmpty, report.calibration.count > 0 {
      try console.write(
        json ? JSONText.document(report.document) : Array(report.lines.joined(separator: "\n").utf8) + [0x0A]
      )
    }
    try console.flush()
    if let signal = session.endingSignal {
      Console.warn("interrupted: the figures are those of the turns before")
      throw ExitCode(128 + signal)
    }
  }

  private func makeTraffic() throws(CommandError) -> BenchTraffic {
    if let packets { return try BenchTraffic(capture: packets, count: frames) }
    var description = TrafficDescription()
    description.flows = 1 << 32
    do throws(InterfaceArgumentError) {
      if let traffic { description = try TrafficDescription(parsing: traffic) }
    } catch {
      throw .badInput("--traffic: \(error.reason)")
    }
    return try BenchTraffic(description, count: frames)
  }

  /// One program of an object on each engine that is asked for.
  private func add(
    _ opened: OpenedObject,
    _ traffic: BenchTraffic,
    to session: inout BenchSession
  ) throws(CommandError) {
    let programs = try opened.programs(object.name)
    let admitted = engine == .kernel ? .unverified(programs) : try opened.admit(programs, options)
    let name = programs[0].name, stop = session.stopRequest
    let ring = try traffic.ring(movingEnds: programs.contains(where: \.mayMoveEnds))
    let kinds: [(Engine, UserEngine.Kind)] = [(.interpreter, .interpreter), (.jit, .machineCode)]
    for (kind, made) in kinds where engine == kind || engine == .all {
      session.add(name, on: kind.rawValue) { () throws(CommandError) in
        let loaded = try UserEngine(admitted, options, kind: made, stop: stop)
        if perfMap { try PerfMap.add(loaded.symbols) }
        return try PathContestant(loaded, on: ring)
      }
    }
    if engine == .kernel || engine == .all {
      session.add(name, on: "kernel") { () throws(CommandError) in
        let tester = try KernelTester(programs, options, isSilent: true)
        return try KernelContestant(tester.program, named: name, traffic.packets)
      }
    }
  }
}

extension Program {
  /// Whether the program may move where packets begin or end, and so needs room around them.
  fileprivate var mayMoveEnds: Bool {
    let names = ["bpf_xdp_adjust_head", "bpf_xdp_adjust_meta", "bpf_xdp_adjust_tail"]
    let movers = Set(names.compactMap { HelperNames.id(of: $0) })
    return instructions.contains { instruction in
      switch instruction {
      case .call(.helper(let id)): movers.contains(id)
      case .call(.kernelFunction), .call(.register): true
      default: false
      }
    }
  }
}
