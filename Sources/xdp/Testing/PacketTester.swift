import BPF
import BPFRuntime

/// An engine with a program and its maps, which `xdp test` gives one packet after another.
protocol PacketTester: AnyObject {
  /// What documents call the engine.
  var engineName: String { get }
  /// The maps as they are now.
  var maps: [any BPFMap] { get }
  /// Why the engine cannot take a packet, or nil.
  func refusal(of packet: TestPacket) -> String?
  /// Ends the packet that is being run, and all later ones at once.
  var stop: StopRequest { get }
  /// Runs the program on one packet, and tells an observer about every instruction, if there is one.
  func run(_ packet: TestPacket, watchedBy observer: (any RunObserver)?) throws(CommandError) -> PacketReport
}

/// A packet that is to be tested.
struct TestPacket: Hashable {
  /// Counted from 0 over all inputs.
  var index: Int
  /// The packet's bytes.
  var bytes: [UInt8]
  /// Nanoseconds since 1970; nil for a packet without a time.
  var timestamp: UInt64?
}
