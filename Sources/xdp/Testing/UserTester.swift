import BPF
import BPFRuntime
import XDP

/// The user-space engine, one packet at a time.
final class UserTester: PacketTester {
  private let loaded: UserEngine
  private var test: PacketTest

  var engineName: String { loaded.engine.engineName }
  var maps: [any BPFMap] { loaded.maps }

  init(_ loaded: UserEngine, _ options: RunOptions) throws(CommandError) {
    self.loaded = loaded
    let geometry = try options.geometry
    do throws(FramePoolError) {
      test = try PacketTest(loaded.engine, on: loaded.worker, geometry: geometry)
    } catch {
      throw .refused("\(error)")
    }
  }

  var stop: StopRequest { loaded.stop }

  func refusal(of packet: TestPacket) -> String? { nil }

  func run(_ packet: TestPacket) throws(CommandError) -> PacketReport {
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
