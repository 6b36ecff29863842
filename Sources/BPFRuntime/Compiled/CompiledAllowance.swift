/// How often `may_goto` goes on in one call of a compiled function: it lies in the function's frame on the host's stack.
struct CompiledAllowance {
  /// Times until the next look at the clock; the only field that machine code counts down.
  var count: UInt32
  /// When the first look was; 0 before it.
  var start: UInt64
  /// Times that are left where there is no clock to look at.
  var left: Int

  /// What may be left at first: a quarter of a second of a loop of a few instructions.
  private static let clockless = 1 << 26

  /// Whether the function may go on; `now` is the host's clock, nil where the clock stands still.
  mutating func renew(limit: Int, now: UInt64?) -> Bool {
    if start == 0 {
      start = max(1, now ?? 1)
      left = now == nil ? min(limit, Self.clockless) : limit
    }
    if let now, now &- start >= LoopAllowance.limit { return false }
    if left == 0 { return false }
    // This time is one of them.
    let next = min(left, Int(LoopAllowance.stride))
    left -= next
    count = UInt32(next) - 1
    return true
  }
}
