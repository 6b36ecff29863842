import BPF
import BPFMaps

/// `bpf_loop` and `bpf_for_each_map_elem`, which call a function of the program.
///
/// They only say what is to be called; the engine does it. The invariant of every thunk: its first argument is the
/// address of the worker's `MachineState`, and a map argument that of a `UserMap` that the running code keeps alive.
enum LoopHelpers {
  static let all: [Helper] = [loop, forEach]

  /// The most calls that one `bpf_loop` may ask for (`BPF_MAX_LOOPS`).
  private static let limit: UInt32 = 8 * 1024 * 1024

  static let loop = unsafe Helper(
    HelperPrototype(181, "bpf_loop", [.scalar, .callback, .scalar, .scalar], .callbackCount)
  ) { state, count, function, _, flags, _ in
    if flags != 0 { return LinuxErrno.invalid.negated }
    let count = UInt32(truncatingIfNeeded: count)
    // The kernel puts the loop in the call's place, where the error has 32 bits.
    if count > limit { return LinuxErrno.tooBig.negated & 0xffff_ffff }
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    // The context keeps its tag: the program is to use it as the pointer that it is.
    unsafe machine.pointee.pendingLoop = CallbackLoop(
      function: Int(function),
      limit: UInt64(count),
      context: machine.pointee.registers[3]
    )
    return 0
  }

  static let forEach = unsafe Helper(
    HelperPrototype(164, "bpf_for_each_map_elem", [.map, .callback, .scalar, .scalar], .callbackCount)
  ) { state, map, function, _, flags, _ in
    if flags != 0 { return LinuxErrno.invalid.negated }
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    let map = unsafe mapArgument(map).takeUnretainedValue()
    let owner = unsafe machine.pointee.objects.takeUnretainedValue().makeOwner()
    guard let walk = ElementWalk(map, owner: owner) else {
      unsafe machine.pointee.state.refusal =
        "map '\(map.definition.name)' is a \(map.definition.type.name), whose elements cannot be gone through"
      return 0
    }
    unsafe machine.pointee.budget &-= Int64(walk.count)
    unsafe machine.pointee.pendingLoop = CallbackLoop(
      function: Int(function),
      context: machine.pointee.registers[3],
      walk: Unmanaged.passRetained(walk)
    )
    return 0
  }
}
