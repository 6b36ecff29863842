import BPF
import BPFRuntime
import XDP

/// The user-space engine, one packet at a time.
final class UserTester: PacketTester {
  private let loaded: UserEngine
  private var test: PacketTest
  /// What runs the packets that somebody watches, over the same maps.
  private let watched: OracleInterpreter

  var engineName: String { loaded.engine.engineName }
  var maps: [any BPFMap] { loaded.maps }

  init(_ loaded: UserEngine, _ options: RunOptions) throws(CommandError) {
    self.loaded = loaded
    watched = try loaded.watchedEngine
    let geometry = try options.geometry
    do throws(FramePoolError) {
      test = try PacketTest(loaded.engine, on: loaded.worker, geometry: geometry)
    } catch {
      throw .refused("\(error)")
    }
  }

  var stop: StopRequest { loaded.stop }

  func refusal(of packet: TestPacket) -> String? { nil }

  func run(_ packet: TestPacket, watchedBy observer: (any RunObserver)?) throws(CommandError) -> PacketReport
  {
    test.engine = observer == nil ? loaded.engine : watched
    test.worker.machine.observer = observer
    defer { test.worker.machine.observer = nil }
    do throws(PacketTestError) {
      let outcome = try test.run(PacketTest.Input(packet.bytes, timestamp: packet.timestamp))
      return PacketReport(
        index: packet.index,
        action: outcome.action,
        returned: outcome.returned,
        input: packet.bytes,
        bytes: outcome.bytes,
        metadata: outcome.metadata,
        redirect: outcome.redirect.map(loaded.report),
        trap: outcome.trap
      )
    } catch {
      throw .badInput("packet \(packet.index): \(error)")
    }
  }
}
