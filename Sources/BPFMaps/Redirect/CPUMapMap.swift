public import BPF

/// `BPF_MAP_TYPE_CPUMAP`: CPUs to go on at, by number: how many packets may wait for each, and a program to run there.
///
/// Only CPUs that there are can be put in. A queue of length 0 is no target.
public final class CPUMapMap: PassageArrayMap, @unchecked Sendable {
  /// The longest queue that the kernel makes, in packets.
  private static let longestQueue: UInt32 = 16384

  /// Puts a CPU's queue at its position; the length 0 removes it.
  override func put(_ entry: RedirectEntry, at index: Int) -> Int32 {
    guard entry.number <= Self.longestQueue else { return LinuxErrno.overflow.answer }
    guard index < cpuCount else { return LinuxErrno.noDevice.answer }
    guard entry.number != 0 else {
      replace(index, nil, nil)
      return 0
    }
    guard case .success(let program) = programs.program(of: entry) else { return LinuxErrno.noMemory.answer }
    replace(index, entry, program)
    return 0
  }

  /// Says what a number means here.
  public override func explanation(of code: LinuxErrno) -> String {
    switch code {
    case .overflow: "a queue has at most \(Self.longestQueue) packets"
    case .noDevice: "there is no such CPU: there are \(cpuCount)"
    case .noMemory: "the value's program is none"
    default: super.explanation(of: code)
    }
  }
}
