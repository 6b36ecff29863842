public import BPFRuntime
public import XDPTypes

/// What became of the packets of a path, in packets unless it says bytes.
public struct Tally: Sendable {
  /// Packets that the program has seen.
  public internal(set) var received: UInt64 = 0
  /// Their bytes, as received.
  public internal(set) var receivedBytes: UInt64 = 0
  private var byAction: [5 of UInt64] = [5 of UInt64](repeating: 0)
  /// Aborted because the run was stopped by a trap, of the first program or of one on the way.
  public internal(set) var trapped: UInt64 = 0
  /// Aborted because the run was asked to stop (`StopRequest`) while the program was at work.
  public internal(set) var interrupted: UInt64 = 0
  /// The first such trap.
  public internal(set) var firstTrap: Trap?
  /// Runs of timers that a trap stopped.
  public internal(set) var timersTrapped: UInt64 = 0
  /// The first trap that stopped a timer.
  public internal(set) var firstTimerTrap: Trap?
  /// Aborted because the program returned a number that is no action.
  public internal(set) var unknownCode: UInt64 = 0
  /// The first such number.
  public internal(set) var firstUnknownCode: UInt32?
  /// Redirected, but to nowhere: no helper was called, or the path has no such interface.
  public internal(set) var redirectFailed: UInt64 = 0
  /// Redirected, and dropped by the program of a devmap's or cpumap's entry.
  public internal(set) var droppedOnTheWay: UInt64 = 0
  /// Redirected, and aborted by the program of an entry: by a trap, or by a verdict that there is no place for.
  public internal(set) var abortedOnTheWay: UInt64 = 0
  /// Never seen by the program: longer than a frame, and it does not know fragments.
  public internal(set) var tooLong: UInt64 = 0
  /// Never seen by the program: there was no frame to copy them to.
  public internal(set) var outOfFrames: UInt64 = 0
  /// Sent: bounced by the driver, or by the one they were redirected to.
  public internal(set) var transmitted: UInt64 = 0
  /// Taken by the stack.
  public internal(set) var delivered: UInt64 = 0
  /// Bounced, redirected or passed, but dropped by the driver or the stack.
  public internal(set) var sendFailed: UInt64 = 0

  /// Nothing counted yet.
  public init() {}

  /// How many packets had this verdict.
  public internal(set) subscript(action: XDPAction) -> UInt64 {
    get { byAction[Int(action.rawValue)] }
    set { byAction[Int(action.rawValue)] = newValue }
  }

  mutating func countUnknown(_ code: UInt32) {
    unknownCode += 1
    firstUnknownCode = firstUnknownCode ?? code
  }

  mutating func note(_ traps: [Worker.TrapRecord]) {
    guard !traps.isEmpty else { return }
    let broken = traps.count { $0.trap.kind != .interrupted }
    trapped += UInt64(broken)
    interrupted += UInt64(traps.count - broken)
    firstTrap = firstTrap ?? traps.first { $0.trap.kind != .interrupted }?.trap
  }

  mutating func note(timers traps: [Trap]) {
    guard let first = traps.first else { return }
    timersTrapped += UInt64(traps.count)
    firstTimerTrap = firstTimerTrap ?? first
  }

  mutating func count(sent: Int, of count: Int) {
    transmitted += UInt64(sent)
    sendFailed += UInt64(count - sent)
  }

  mutating func count(delivered: Int, of count: Int) {
    self.delivered += UInt64(delivered)
    sendFailed += UInt64(count - delivered)
  }

  /// Adds another path's figures.
  public static func += (total: inout Tally, part: Tally) {
    total.received += part.received
    total.receivedBytes += part.receivedBytes
    for index in 0..<5 { total.byAction[index] += part.byAction[index] }
    total.trapped += part.trapped
    total.interrupted += part.interrupted
    total.unknownCode += part.unknownCode
    total.firstUnknownCode = total.firstUnknownCode ?? part.firstUnknownCode
    total.redirectFailed += part.redirectFailed
    total.firstTrap = total.firstTrap ?? part.firstTrap
    total.timersTrapped += part.timersTrapped
    total.firstTimerTrap = total.firstTimerTrap ?? part.firstTimerTrap
    total.droppedOnTheWay += part.droppedOnTheWay
    total.abortedOnTheWay += part.abortedOnTheWay
    total.tooLong += part.tooLong
    total.outOfFrames += part.outOfFrames
    total.transmitted += part.transmitted
    total.delivered += part.delivered
    total.sendFailed += part.sendFailed
  }
}
