/// Why a worker of a group ended before its time.
public struct WorkerFailure: Error, CustomStringConvertible {
  /// Its queue.
  public var queue: Int
  /// What its path, or the maker of it, threw.
  public var error: any Error

  /// One line for a person.
  public var description: String { "queue \(queue): \(error)" }
}
