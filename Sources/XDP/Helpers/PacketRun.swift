import BPFRuntime

/// What XDP's helpers know of the packet at hand: `RunState.hook` points to it.
///
/// Invariant: `targets` are places of a batch's verdicts while the batch runs, and `index` one of them; else there is one
/// place, `spare`, which lives as long as this.
@safe struct PacketRun: ~Copyable {
  /// The packet, which the adjust helpers move.
  var packet = Packet()
  private var targets: UnsafeMutablePointer<RedirectTarget>
  private var index: UnsafePointer<UInt64>
  private let spare: UnsafeMutablePointer<RedirectTarget>
  private let zero: UnsafeMutablePointer<UInt64>

  /// Where the last redirect helper of this run told the packet to go.
  ///
  /// It is written where it is wanted: what is written and then copied by wider loads waits until it has reached the cache.
  @inline(__always) var target: RedirectTarget {
    get { unsafe targets[Int(index.pointee)] }
    nonmutating set { unsafe targets[Int(index.pointee)] = newValue }
  }

  /// What SYN cookies are made and checked with.
  let cookies: SynCookies
  /// Where packets could be routed to; nil where nobody said.
  var routes: RoutingTable?

  init(cookies: SynCookies = .ofThisProcess) {
    self.cookies = cookies
    unsafe spare = .allocate(capacity: 1)
    unsafe spare.initialize(to: .none)
    unsafe targets = unsafe spare
    unsafe zero = .allocate(capacity: 1)
    unsafe zero.initialize(to: 0)
    unsafe index = UnsafePointer(zero)
  }

  deinit {
    unsafe spare.deallocate()
    unsafe zero.deallocate()
  }

  /// Turns to the next packet.
  @unsafe @inline(__always) mutating func begin(_ frame: UnsafeMutableRawPointer, at place: FrameDescriptor) {
    unsafe packet.view(frame, at: place)
  }

  /// The target of the packet at hand is to be written here; there is none yet.
  @unsafe @inline(__always) mutating func aim(at target: UnsafeMutablePointer<RedirectTarget>) {
    unsafe targets = unsafe target
    unsafe target.pointee = .none
  }

  /// The targets of packets that machine code goes through by itself are to be written here; `index` says which one is at
  /// hand.
  @unsafe mutating func aim(at targets: UnsafeMutablePointer<RedirectTarget>, index: UnsafePointer<UInt64>) {
    unsafe self.targets = unsafe targets
    unsafe self.index = unsafe index
  }

  /// The batch has ended, and with it its places for targets.
  @inline(__always) mutating func end() {
    unsafe targets = unsafe spare
    unsafe index = UnsafePointer(zero)
  }

  /// Puts the packet's addresses where the program reads them.
  @inline(__always) func publish(in context: inout [8 of UInt64]) {
    context[XDPContext.Field.data] = packet.address(of: packet.data)
    context[XDPContext.Field.dataEnd] = packet.address(of: packet.dataEnd)
    context[XDPContext.Field.dataMeta] = packet.address(of: packet.metadata)
  }
}
