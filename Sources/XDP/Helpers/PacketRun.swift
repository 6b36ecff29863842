import BPFRuntime

/// What XDP's helpers know of the packet at hand: `RunState.hook` points to it.
@safe struct PacketRun: ~Copyable {
  /// The packet, which the adjust helpers move.
  var packet = Packet()
  /// Where the last redirect helper of this run told it to go.
  var target = RedirectTarget.none

  /// Where machine code that runs a whole batch puts the targets, a place a packet from its first on.
  @unsafe var targets: UnsafeMutablePointer<RedirectTarget>? = nil

  /// What SYN cookies are made and checked with.
  let cookies: SynCookies
  /// Where packets could be routed to; nil where nobody said.
  var routes: RoutingTable?

  init(cookies: SynCookies = .ofThisProcess) { self.cookies = cookies }

  /// Turns to the next packet.
  @unsafe @inline(__always) mutating func begin(_ frame: UnsafeMutableRawPointer, at place: FrameDescriptor) {
    unsafe packet.view(frame, at: place)
    target = .none
  }

  /// Puts the packet's addresses where the program reads them.
  @inline(__always) func publish(in context: inout [8 of UInt64]) {
    context[XDPContext.Field.data] = packet.address(of: packet.data)
    context[XDPContext.Field.dataEnd] = packet.address(of: packet.dataEnd)
    context[XDPContext.Field.dataMeta] = packet.address(of: packet.metadata)
  }
}
