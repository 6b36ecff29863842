/// Watches the runs of an `OracleInterpreter`: every instruction, with all that it did, as it happens.
///
/// `Machine.observer` holds it. The fast interpreter takes no notice of it.
public protocol RunObserver: AnyObject {
  /// An instruction has run, or has stopped the run with a trap.
  func observe(_ step: TraceStep)
}
