/// Sees every batch after the program ran and before its packets go their ways: a recorder, a trace.
public protocol VerdictObserver: AnyObject {
  /// Looks at the packets, as the program left them, and at their verdicts; traps are in `worker.traps`.
  func observe(_ batch: borrowing PacketBatch, verdicts: borrowing Verdicts, worker: borrowing Worker)
}
