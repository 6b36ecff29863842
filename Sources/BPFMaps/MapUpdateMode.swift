import BPF

/// What an update may do, out of the flags that programs and bpf(2) pass.
enum MapUpdateMode {
  /// `BPF_ANY`
  case any
  /// `BPF_NOEXIST`
  case create
  /// `BPF_EXIST`
  case replace

  /// Reads flags of maps without a lock; nil for what the kernel answers with `EINVAL`.
  @inline(__always) init?(_ flags: UInt64) {
    switch flags {
    case 0: self = .any
    case 1: self = .create
    case 2: self = .replace
    default: return nil
    }
  }

  /// Reads flags among which `BPF_F_LOCK` may be.
  static func withLock(_ flags: UInt64) -> (mode: MapUpdateMode, isLocked: Bool)? {
    let lock = MapUpdateFlags.lock.rawValue
    return MapUpdateMode(flags & ~lock).map { ($0, flags & lock != 0) }
  }
}
