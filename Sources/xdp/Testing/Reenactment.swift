import BPF
import BPFRuntime
import XDP

/// Two engines that do not agree run the same packets once more, with probes in the program, to show where they part.
///
/// Nothing is paid for it before there is a difference. The oracle runs beside them and is watched: it knows what
/// pointers point to, and where maps were changed.
struct Reenactment {
  /// Where two engines part.
  struct Scene {
    var packet: Int
    var parting: Parting
    /// What the two did, and the oracle.
    var traces: [EngineTrace], reference: EngineTrace
  }

  /// What is known after it.
  struct Findings {
    /// In the packet with another result where they part in it, else where they first do; nil where they do not.
    var scene: Scene?
    /// Where they first part, if that is in an earlier packet.
    var earlier: (packet: Int, step: EngineTrace.Step)?
    /// How many instructions both were seen to do alike with the last packet.
    var agreed: UInt64 = 0
    /// What a person should know of it.
    var notes: [String] = []
    /// Where map entries were changed.
    var changes = TraceRecorder()
  }

  /// What the two engines are called.
  var names: [String] { engines.map(\.name) }

  private let programs: [Program]
  private let engines: [EngineChoice]
  private let reference: UserTester
  private let refusal: (TestPacket) -> String?
  private let stop: StopRequest

  /// Prepares two engines, and the oracle as the reference.
  init(
    _ programs: [Program],
    _ engines: [EngineChoice],
    reference: UserTester,
    stop: StopRequest,
    refusal: @escaping (TestPacket) -> String?
  ) {
    self.programs = programs
    self.engines = engines
    self.reference = reference
    self.stop = stop
    self.refusal = refusal
  }

  /// Runs packets up to the one of which the two gave these results; all of them where they differ at the end.
  func run(_ feed: PacketFeed, until results: [PacketReport]) throws(CommandError) -> Findings {
    var feed = feed, findings = Findings()
    let (probed, testers) = load(&findings)
    let observer = Observer(findings.changes, probed.map { ProbeRecorder($0) })
    while !stop.isMade, let packet = try feed.next() {
      guard refusal(packet) == nil else { continue }
      observer.begin(packet)
      let report = try reference.run(packet, watchedBy: observer)
      for tester in testers { try tester.run(packet) }
      let isLast = packet.index == results.first?.index
      if isLast { findings.notes += notes(results, report, testers) }
      if let trace = observer.probes?.trace, testers.count == 2 {
        look(at: packet, isLast, testers.map(\.trace), trace, &findings)
      }
      // Without a packet to get to, the first parting is what is looked for, but maps change to the end.
      if isLast { break }
    }
    if findings.earlier?.packet == findings.scene?.packet { findings.earlier = nil }
    return findings
  }

  private func look(
    at packet: TestPacket,
    _ isLast: Bool,
    _ traces: [EngineTrace],
    _ reference: EngineTrace,
    _ findings: inout Findings
  ) {
    findings.agreed = traces[0].count
    guard isLast || findings.scene == nil,
      let parting = Parting(traces[0], traces[1], reference: reference)
    else { return }
    if findings.scene == nil, let step = traces[0][parting.number] ?? traces[1][parting.number] {
      findings.earlier = (packet.index, step)
    }
    findings.scene = Scene(packet: packet.index, parting: parting, traces: traces, reference: reference)
  }

  /// The engines with probes everywhere, or else only at branches; none, and why, where an engine takes neither.
  private func load(_ findings: inout Findings) -> (ProbedPrograms?, [ProbedTester]) {
    var reason = "a jump would not reach its target any more"
    for places in ProbedPrograms.Places.allCases {
      guard
        let probed = ProbedPrograms(programs, at: places, arguments: HelperTable.xdp.argumentRegisters)
      else { continue }
      do throws(CommandError) {
        var testers: [ProbedTester] = []
        for engine in engines { testers.append(try ProbedTester(engine, probed)) }
        let count = programs.reduce(0) { $0 + $1.instructions.count }
        findings.notes.append(
          "Copies of the program write down \(probed.probeCount) of its \(count) instructions, and what these read."
        )
        return (probed, testers)
      } catch {
        reason = error.description.split(separator: "\n").first.map(String.init) ?? error.description
      }
    }
    findings.notes.append("No copy of the program that writes down its steps can be loaded: \(reason)")
    return (nil, [])
  }

  /// What makes the second run another than the first.
  private func notes(
    _ results: [PacketReport],
    _ watched: PacketReport,
    _ testers: [ProbedTester]
  ) -> [String] {
    var notes: [String] = []
    if watched.returned != results[0].returned {
      notes.append("The oracle, which is watched for the names of pointers, returned \(watched.returned).")
    }
    for (result, tester) in zip(results, testers) where tester.report?.returned != result.returned {
      let again = tester.report.map { "\($0.returned)" } ?? "nothing"
      notes.append("The second time, the \(tester.name) returned \(again), and not \(result.returned).")
    }
    return notes
  }

  /// Watches the oracle for both purposes.
  private final class Observer: RunObserver {
    let changes: TraceRecorder, probes: ProbeRecorder?

    init(_ changes: TraceRecorder, _ probes: ProbeRecorder?) {
      self.changes = changes
      self.probes = probes
    }

    func begin(_ packet: TestPacket) {
      changes.begin(packet.index)
      probes?.begin()
    }

    func observe(_ step: TraceStep) {
      changes.observe(step)
      probes?.observe(step)
    }
  }
}
