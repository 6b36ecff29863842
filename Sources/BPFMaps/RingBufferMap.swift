/// A ring buffer (`BPF_MAP_TYPE_RINGBUF`).
public final class RingBufferMap: UserMap, @unchecked Sendable {
  /// `bpf_ringbuf_output`: 0 or a negative error number.
  @unsafe public func output(_ bytes: UnsafeRawBufferPointer, flags: UInt64) -> Int32 { 0 }
  /// `bpf_ringbuf_reserve`: `size` writable bytes, or nil.
  @unsafe public func reserve(_ size: UInt64, flags: UInt64) -> UnsafeMutableRawPointer? { nil }
  /// `bpf_ringbuf_submit` of a reserved record.
  @unsafe public static func submit(_ record: UnsafeMutableRawPointer, flags: UInt64) {}
  /// `bpf_ringbuf_discard` of a reserved record.
  @unsafe public static func discard(_ record: UnsafeMutableRawPointer, flags: UInt64) {}
  /// `bpf_ringbuf_query`.
  public func query(_ flags: UInt64) -> UInt64 { 0 }
}
