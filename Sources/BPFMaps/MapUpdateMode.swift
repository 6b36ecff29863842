import BPF

/// What an update may do, out of the flags that programs and bpf(2) pass.
enum MapUpdateMode {
  /// `BPF_ANY`
  case any
  /// `BPF_NOEXIST`
  case create
  /// `BPF_EXIST`
  case replace

  /// Reads flags; nil for what the kernel answers with `EINVAL`.
  ///
  /// `BPF_F_LOCK` is one of those, for no value here has a spin lock.
  @inline(__always) init?(_ flags: UInt64) {
    switch flags {
    case 0: self = .any
    case 1: self = .create
    case 2: self = .replace
    default: return nil
    }
  }
}
