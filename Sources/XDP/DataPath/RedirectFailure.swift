/// Why a packet that was to be redirected went nowhere.
public enum RedirectFailure: String, Hashable, Sendable, CaseIterable {
  /// No helper said where to.
  case noTarget
  /// The path has no such interface.
  case noInterface
  /// The map has no such entry any more, or none that a broadcast could reach.
  case noEntry
  /// The socket of the entry belongs to another queue.
  case otherQueue
  /// It goes on in fragments, and the program of the entry does not know them.
  case noFragments
  /// Programs of cpumaps led to each other without an end.
  case tooManyPrograms

  var counter: Counter {
    switch self {
    case .noTarget: .noTarget
    case .noInterface: .noInterface
    case .noEntry: .noEntry
    case .otherQueue: .otherQueue
    case .noFragments: .noFragments
    case .tooManyPrograms: .tooManyPrograms
    }
  }
}
