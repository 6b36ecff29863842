import BPFRuntime
import Synchronization
import XDPTypes

/// What becomes of the packets of a path: one worker counts, and anybody may look at any time.
///
/// A counter is a word that only its worker stores, so counting takes no lock and no locked instruction. Looking at all of
/// them gives each as it is at that moment: while the worker runs, a packet may be counted at one place and not yet at the
/// next.
public final class PathCounters: Sendable {
  /// Words of nothing before and behind the counters, so that no other worker's lie in the same lines of the cache.
  private static let margin = 8
  private let words: [48 of Atomic<UInt64>]
  private let firsts = Mutex(Firsts())

  /// The first of what is told only once.
  private struct Firsts {
    var trap: Trap?
    var timerTrap: Trap?
    var unknownCode: UInt32?
  }

  /// Nothing counted yet.
  public init() {
    words = [48 of Atomic<UInt64>] { _ in Atomic(0) }
    precondition(Counter.allCases.count + 2 * Self.margin <= words.count, "there is a word for each counter")
  }

  /// What there is by now.
  public var tally: Tally {
    let first = firsts.withLock { $0 }
    return Tally(
      counts: Counter.allCases.map { words[$0.rawValue + Self.margin].load(ordering: .relaxed) },
      firstTrap: first.trap,
      firstTimerTrap: first.timerTrap,
      firstUnknownCode: first.unknownCode
    )
  }

  /// Counts; only the path's worker does.
  @inline(__always) func add(_ count: Int, to counter: Counter) {
    let place = counter.rawValue &+ Self.margin
    let value = words[place].load(ordering: .relaxed)
    words[place].store(value &+ UInt64(truncatingIfNeeded: count), ordering: .relaxed)
  }

  /// Counts packets with a verdict.
  @inline(__always) func add(_ count: Int, verdict action: XDPAction) {
    switch action {
    case .aborted: add(count, to: .aborted)
    case .drop: add(count, to: .drop)
    case .pass: add(count, to: .pass)
    case .tx: add(count, to: .tx)
    case .redirect: add(count, to: .redirect)
    }
  }

  /// Counts packets that were redirected to nowhere.
  func add(_ count: Int, failure: RedirectFailure) { add(count, to: failure.counter) }

  /// Counts what an exit took of so many.
  func add(taken: Int, of count: Int, at exit: PacketExit) {
    add(taken, to: exit.taken)
    if taken != count { add(count - taken, to: exit.refused) }
  }

  /// Counts a number that is no action.
  func add(unknownCode code: UInt32) {
    add(1, to: .unknownCode)
    firsts.withLock { $0.unknownCode = $0.unknownCode ?? code }
  }

  /// Counts what a worker's last run came to.
  @inline(__always) func note(_ worker: borrowing Worker) {
    if !worker.traps.isEmpty { note(worker.traps) }
    if !worker.timerTraps.isEmpty { note(timers: worker.timerTraps) }
  }

  private func note(_ traps: [Worker.TrapRecord]) {
    let broken = traps.count { $0.trap.kind != .interrupted }
    add(broken, to: .trapped)
    add(traps.count - broken, to: .interrupted)
    guard let first = traps.first(where: { $0.trap.kind != .interrupted }) else { return }
    firsts.withLock { $0.trap = $0.trap ?? first.trap }
  }

  private func note(timers traps: [Trap]) {
    add(traps.count, to: .timersTrapped)
    firsts.withLock { $0.timerTrap = $0.timerTrap ?? traps.first }
  }
}
