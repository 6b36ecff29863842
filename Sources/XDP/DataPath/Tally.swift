public import BPFRuntime
public import XDPTypes

/// What became of the packets of a path up to one moment, in packets unless it says bytes.
///
/// Where a path is between two batches, every packet is accounted for: `received` and `copied` together are those that were
/// dropped, aborted, transmitted, delivered or unclaimed, that an exit refused, that failed to be redirected, and that were
/// dropped or aborted on the way.
public struct Tally: Sendable {
  private var counts: [UInt64]
  /// The first trap of a program.
  public private(set) var firstTrap: Trap?
  /// The first trap that stopped a timer.
  public private(set) var firstTimerTrap: Trap?
  /// The first number that is no action.
  public private(set) var firstUnknownCode: UInt32?

  /// Nothing counted yet.
  public init() { counts = Counter.allCases.map { _ in 0 } }

  init(counts: [UInt64], firstTrap: Trap?, firstTimerTrap: Trap?, firstUnknownCode: UInt32?) {
    self.counts = counts
    self.firstTrap = firstTrap
    self.firstTimerTrap = firstTimerTrap
    self.firstUnknownCode = firstUnknownCode
  }

  private func count(_ counter: Counter) -> UInt64 { counts[counter.rawValue] }

  /// Packets that the program has seen.
  public var received: UInt64 { count(.received) }
  /// Their bytes, as received.
  public var receivedBytes: UInt64 { count(.receivedBytes) }
  /// Aborted because the run was stopped by a trap, of the first program or of one on the way.
  public var trapped: UInt64 { count(.trapped) }
  /// Aborted because the run was asked to stop (`StopRequest`) while the program was at work.
  public var interrupted: UInt64 { count(.interrupted) }
  /// Runs of timers that a trap stopped.
  public var timersTrapped: UInt64 { count(.timersTrapped) }
  /// Aborted because the program returned a number that is no action.
  public var unknownCode: UInt64 { count(.unknownCode) }
  /// Redirected, but to nowhere, whatever the reason.
  public var redirectFailed: UInt64 { RedirectFailure.allCases.reduce(0) { $0 + self[$1] } }
  /// Redirected, and dropped by the program of a devmap's or cpumap's entry.
  public var droppedOnTheWay: UInt64 { count(.droppedOnTheWay) }
  /// Redirected, and aborted by the program of an entry: by a trap, or by a verdict that there is no place for.
  public var abortedOnTheWay: UInt64 { count(.abortedOnTheWay) }
  /// Never seen by the program: longer than a frame, and it does not know fragments.
  public var tooLong: UInt64 { count(.tooLong) }
  /// Never seen by the program: there was no frame to copy them to.
  public var outOfFrames: UInt64 { count(.outOfFrames) }
  /// Copies that a broadcast made, one less than the interfaces that a packet went to.
  public var copied: UInt64 { count(.copied) }
  /// Copies that a broadcast could not make for want of a frame.
  public var outOfCopies: UInt64 { count(.outOfCopies) }
  /// Sent: bounced by the driver, or by the one they were redirected to.
  public var transmitted: UInt64 { count(.transmitted) }
  /// Taken by the stack or a socket.
  public var delivered: UInt64 { count(.delivered) }
  /// Passed, but the path has no stack.
  public var unclaimed: UInt64 { count(.unclaimed) }
  /// Bounced, redirected or passed, but refused at the exit, whichever that was.
  public var sendFailed: UInt64 { PacketExit.allCases.reduce(0) { $0 + self[$1] } }

  /// How many packets had this verdict.
  public subscript(action: XDPAction) -> UInt64 {
    switch action {
    case .aborted: count(.aborted)
    case .drop: count(.drop)
    case .pass: count(.pass)
    case .tx: count(.tx)
    case .redirect: count(.redirect)
    }
  }

  /// How many packets were redirected to nowhere for this reason.
  public subscript(failure: RedirectFailure) -> UInt64 { count(failure.counter) }

  /// How many packets were refused at an exit: its ring or queue was full.
  public subscript(exit: PacketExit) -> UInt64 { count(exit.refused) }

  /// Adds another path's figures.
  public static func += (total: inout Tally, part: Tally) {
    for index in total.counts.indices { total.counts[index] += part.counts[index] }
    total.firstTrap = total.firstTrap ?? part.firstTrap
    total.firstTimerTrap = total.firstTimerTrap ?? part.firstTimerTrap
    total.firstUnknownCode = total.firstUnknownCode ?? part.firstUnknownCode
  }
}
