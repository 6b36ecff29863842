import BPF

/// `BPF_MAP_TYPE_DEVMAP`: interfaces to redirect to, by position, each with a program of its own if it likes.
///
/// Any interface index is accepted: which ones there are, the data path knows. Programs can look and not write, so the
/// definition gets `BPF_F_RDONLY_PROG`, as in the kernel.
public final class DevmapMap: PassageArrayMap, @unchecked Sendable {
  /// Puts a target at a position; the interface 0 empties it.
  override func put(_ entry: RedirectEntry, at index: Int) -> Int32 {
    if entry.number == 0 {
      guard entry.programID == 0 else { return LinuxErrno.invalid.answer }
      replace(index, nil, nil)
      return 0
    }
    guard case .success(let program) = programs.program(of: entry) else { return LinuxErrno.invalid.answer }
    replace(index, entry, program)
    return 0
  }
}
