/// A user-space engine with maps of its own that runs the same packets and keeps what it did with the last.
///
/// It is there to show how an engine came to its result where another's is different.
final class Shadow {
  /// What it did.
  let trace = TraceRecorder()
  private let tester: UserTester
  /// What became of the last packet.
  private(set) var report: PacketReport?

  init(_ tester: UserTester) { self.tester = tester }

  /// Runs the next packet.
  func run(_ packet: TestPacket) throws(CommandError) {
    trace.begin(packet.index)
    report = try tester.run(packet, watchedBy: trace)
  }
}
