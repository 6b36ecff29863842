/// How long a worker rests whose queue has nothing for it: not at all at first, so that the next packet is met at once,
/// then longer and longer, up to a bound within which it sees that it is to stop.
struct IdleBackoff {
  /// Polls that find nothing before the worker rests.
  static let patience = 256
  /// The first rest.
  static let shortest = Duration.microseconds(20)
  /// The longest rest, within which a stop takes effect.
  static let longest = Duration.milliseconds(20)

  private var misses = 0
  private var rest = Self.shortest

  /// There was something: the next rest is short again.
  @inline(__always) mutating func reset() {
    if misses == 0 { return }
    misses = 0
    rest = Self.shortest
  }

  /// There was nothing: how long to rest, nil for not yet.
  mutating func next() -> Duration? {
    misses += 1
    guard misses > Self.patience else { return nil }
    defer { rest = min(rest * 2, Self.longest) }
    return rest
  }
}
