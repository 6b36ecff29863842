import BPF

/// An engine that runs copies of programs with probes in them, and what the last packet did there.
final class ProbedTester {
  let name: String
  private let tester: any PacketTester
  private let probed: ProbedPrograms
  private var count: UInt64 = 0

  /// What the last packet did.
  private(set) var trace = EngineTrace()
  /// What became of it.
  private(set) var report: PacketReport?

  init(_ engine: EngineChoice, _ probed: ProbedPrograms) throws(CommandError) {
    name = engine.name
    tester = try engine.make(probed.programs)
    self.probed = probed
  }

  /// Runs a packet.
  func run(_ packet: TestPacket) throws(CommandError) {
    report = try tester.run(packet, watchedBy: nil)
    guard let map = tester.maps.first(where: { $0.definition.name == ProbedPrograms.mapName }) else { return }
    do throws(MapError) {
      let value = try map.lookup([0, 0, 0, 0]) ?? []
      trace = probed.trace(in: value, since: count)
      count = ProbedPrograms.count(in: value)
    } catch {
      throw .refused("\(error)")
    }
  }
}

/// An engine that programs can be given to.
struct EngineChoice {
  /// What documents call it.
  var name: String
  /// Loads programs, with maps of their own, and says nothing.
  var make: ([Program]) throws(CommandError) -> any PacketTester
}
