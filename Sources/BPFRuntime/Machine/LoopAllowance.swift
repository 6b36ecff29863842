/// How often `may_goto` goes on in one call of a function.
///
/// Linux on x86-64 lets a function loop for a quarter of a second, and looks at the clock every 65,535 times. Here the clock
/// is the host's too, but a run must repeat exactly under a clock that stands still, and end by its budget otherwise: so a
/// function may also take no more than half of what the budget held when it began to loop.
struct LoopAllowance {
  /// Times that the environment still allows, those in `count` left out.
  var left = Int.max
  /// Times until the next look at the clock.
  var count: UInt32 = 0
  /// When the first was, in nanoseconds of the host's clock, 0 before it.
  var start: UInt64 = 0
  /// The budget that is to be left.
  var floor: Int64 = 0

  /// Times between two looks at the clock (`BPF_MAX_TIMED_LOOPS`).
  static let stride: UInt32 = 0xffff
  /// A quarter of a second.
  static let limit: UInt64 = 250_000_000
}

extension LoopAllowance {
  /// Whether the function may go on; `now` is the host's clock, nil where the clock stands still.
  mutating func renew(budget: Int64, now: UInt64?) -> Bool {
    if start == 0 {
      start = max(1, now ?? 1)
      floor = budget / 2
    }
    if budget < floor { return false }
    if let now, now &- start >= Self.limit { return false }
    if left == 0 { return false }
    // This time is one of them.
    let next = min(left, Int(Self.stride))
    left -= next
    count = UInt32(next) - 1
    return true
  }
}
