public import BPF

/// `BPF_MAP_TYPE_CPUMAP`: CPUs to go on at, by number: how many packets may wait for each, and a program to run there.
///
/// Only CPUs that there are can be put in. A queue of length 0 is no target.
///
/// Unsafe: a value's pointer is good for 4 or 8 bytes, the map's value size.
public final class CPUMapMap: RedirectArrayMap, ProgramHolder, @unchecked Sendable {
  /// The longest queue that the kernel makes, in packets.
  private static let longestQueue: UInt32 = 16384
  private let programs = TargetPrograms()

  /// Says how updates find the program of the id in their value.
  public func resolvePrograms(with resolver: @escaping ProgramResolver) { programs.resolve(with: resolver) }

  /// Takes every target's program away and lets go of it.
  ///
  /// Programs hold their maps: without this, neither ever dies.
  public func removeAllPrograms() { slots.removeAll() }

  /// Puts a CPU's queue at its position; the length 0 removes it.
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
    guard entry.number <= Self.longestQueue else { return LinuxErrno.overflow.answer }
    guard Int(index) < cpuCount else { return LinuxErrno.noDevice.answer }
    guard entry.number != 0 else {
      replace(Int(index), nil, nil)
      return 0
    }
    guard case .success(let program) = programs.program(of: entry) else { return LinuxErrno.noMemory.answer }
    replace(Int(index), entry, program)
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
