import BPF

/// What queues, stacks and bloom filters have in common: values without keys.
///
/// The control plane's key has no bytes: an update pushes a value, a look-up peeks.
///
/// Unsafe: a value's pointer is good for the map's value size.
public class KeylessMap: UserMap, @unchecked Sendable {
  /// Peeks.
  @unsafe public final override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    unsafe peek(into: value)
  }

  /// Pushes.
  @unsafe public final override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    unsafe push(value, flags: flags)
  }

  /// What the kernel answers to who asks for a key, or removes one.
  var answerToKeys: LinuxErrno { .invalid }

  /// There are no keys to remove.
  @unsafe public final override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    answerToKeys.answer
  }

  /// There are no keys.
  @unsafe public final override func findKey(
    after key: UnsafeRawPointer?,
    into next: UnsafeMutableRawPointer
  ) -> Int32 {
    answerToKeys.answer
  }
}
