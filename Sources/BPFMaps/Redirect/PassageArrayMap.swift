import BPF

/// What devmap and cpumap have in common: targets by position, each with a program to pass on the way if it likes.
///
/// Unsafe: a value's pointer is good for 4 or 8 bytes, the map's value size.
public class PassageArrayMap: RedirectArrayMap, ProgramHolder, @unchecked Sendable {
  final let programs = TargetPrograms()

  /// Says how updates find the program of the id in their value.
  public final func resolvePrograms(with resolver: @escaping ProgramResolver) {
    programs.resolve(with: resolver)
  }

  /// Takes every target's program away and lets go of it.
  ///
  /// Programs hold their maps: without this, neither ever dies.
  public final func removeAllPrograms() { slots.removeAll() }

  /// Puts what a value says at a position below the capacity, or removes what is there.
  func put(_ entry: RedirectEntry, at index: Int) -> Int32 { LinuxErrno.notSupported.answer }

  /// Puts a target at a position.
  @unsafe public override final func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    if mode == .create { return LinuxErrno.exists.answer }
    return put(unsafe programs.entry(value, byteCount: definition.valueSize), at: Int(index))
  }
}
