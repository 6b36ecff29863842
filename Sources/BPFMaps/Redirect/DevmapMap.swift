import BPF

/// `BPF_MAP_TYPE_DEVMAP`: interfaces to redirect to, by position, each with a program of its own if it likes.
///
/// Any interface index is accepted: which ones there are, the data path knows. Programs can look and not write, so the
/// definition gets `BPF_F_RDONLY_PROG`, as in the kernel.
///
/// Unsafe: a value's pointer is good for 4 or 8 bytes, the map's value size.
public final class DevmapMap: RedirectArrayMap, ProgramHolder, @unchecked Sendable {
  private let programs = TargetPrograms()

  /// Says how updates find the program of the id in their value.
  public func resolvePrograms(with resolver: @escaping ProgramResolver) { programs.resolve(with: resolver) }

  /// Takes every target's program away and lets go of it.
  ///
  /// Programs hold their maps: without this, neither ever dies.
  public func removeAllPrograms() { slots.removeAll() }

  /// Puts a target at a position; the interface 0 empties it.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    if mode == .create { return LinuxErrno.exists.answer }

    let entry = unsafe programs.entry(value, byteCount: definition.valueSize)
    if entry.number == 0 {
      guard entry.programID == 0 else { return LinuxErrno.invalid.answer }
      replace(Int(index), nil, nil)
      return 0
    }
    guard case .success(let program) = programs.program(of: entry) else { return LinuxErrno.invalid.answer }
    replace(Int(index), entry, program)
    return 0
  }
}
