import Synchronization

/// A wish that runs end early: anybody makes it, and every run that knows of it looks at it now and then.
///
/// The interpreters look every few thousand instructions, so a run ends within milliseconds whatever its program does.
public final class StopRequest: Sendable {
  private let flag = Atomic<Bool>(false)

  /// Nobody wishes anything yet.
  public init() {}

  /// Whether runs are to end.
  public var isMade: Bool { flag.load(ordering: .relaxed) }

  /// Asks runs to end, from any thread.
  public func make() { flag.store(true, ordering: .relaxed) }
}
