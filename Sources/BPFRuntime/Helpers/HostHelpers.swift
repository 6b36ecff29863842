import BPF

/// Helpers about the machine that a program runs on: time, random numbers, the CPU.
///
/// The invariant of every thunk: its first argument is the address of the worker's `RunState`.
enum HostHelpers {
  static let all: [Helper] = [time, bootTime, coarseTime, atomicTime, ticks, random, processor, node]

  static let time = unsafe Helper(HelperPrototype(5, "bpf_ktime_get_ns", [], .integer)) {
    state,
    _,
    _,
    _,
    _,
    _ in
    unsafe now(.monotonic, state)
  }

  static let bootTime = unsafe Helper(
    HelperPrototype(125, "bpf_ktime_get_boot_ns", [], .integer)
  ) { state, _, _, _, _, _ in unsafe now(.boot, state) }

  static let coarseTime = unsafe Helper(
    HelperPrototype(160, "bpf_ktime_get_coarse_ns", [], .integer)
  ) { state, _, _, _, _, _ in unsafe now(.coarse, state) }

  static let atomicTime = unsafe Helper(
    HelperPrototype(208, "bpf_ktime_get_tai_ns", [], .integer)
  ) { state, _, _, _, _, _ in unsafe now(.atomic, state) }

  /// Ticks per second; the kernel's is a choice of whoever built it, and 250 is Debian's.
  private static let ticksPerSecond: UInt64 = 250

  /// The kernel starts the count five minutes before its 32 bits run over (`INITIAL_JIFFIES`).
  private static let firstTick = UInt64(UInt32(bitPattern: -300 * Int32(ticksPerSecond)))

  static let ticks = unsafe Helper(HelperPrototype(118, "bpf_jiffies64", [], .integer)) {
    state,
    _,
    _,
    _,
    _,
    _ in
    unsafe firstTick &+ now(.monotonic, state) / (1_000_000_000 / ticksPerSecond)
  }

  static let random = unsafe Helper(
    HelperPrototype(7, "bpf_get_prandom_u32", [], .integer)
  ) { state, _, _, _, _, _ in
    unsafe state.assumingMemoryBound(to: RunState.self).pointee.nextRandom() >> 32
  }

  static let processor = unsafe Helper(
    HelperPrototype(8, "bpf_get_smp_processor_id", [], .integer)
  ) { state, _, _, _, _, _ in
    unsafe UInt64(UInt32(truncatingIfNeeded: cpu(state)))
  }

  /// All workers are on one node.
  static let node = unsafe Helper(HelperPrototype(42, "bpf_get_numa_node_id", [], .integer)) {
    _,
    _,
    _,
    _,
    _,
    _ in 0
  }
}

/// What a clock shows to the program: a clock that was set is every clock.
private func now(_ clock: HostClock, _ state: UnsafeMutableRawPointer) -> UInt64 {
  let state = unsafe state.assumingMemoryBound(to: RunState.self)
  return unsafe state.pointee.hasFixedClock ? state.pointee.now : clock.nanoseconds()
}
