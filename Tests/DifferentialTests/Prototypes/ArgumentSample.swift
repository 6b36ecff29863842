import BPF
import BPFVerifier

/// A kind of value that a program may pass to a call, and the code that makes it.
enum ArgumentSample: String, CaseIterable {
  case nothing, eight, zero, anyNumber
  case context, stack, freshStack, value, readOnlyValue, writeOnlyValue, packet
  case callback, socket, socketCommon, record, task, dynptr, ringDynptr, slice
  case lock, timer, pointerField, resilientLock, workQueue
  case cgroup, connection, freshConnection, securityState, key, kernelTypeNumber
  /// Saved interrupt flags, and an iterator of the kind that the call is for.
  case savedFlags, iterator
  /// The map that the call is for, and one that it is not for.
  case map, otherMap

  /// What must have been done before, as text; `r6` is the context, `r1` to `r5` and `r0` are free.
  func preparation(_ maps: TrialMaps) -> String {
    switch self {
    case .packet:
      """
      r8 = *(u32 *)(r6 +0)
      r2 = *(u32 *)(r6 +4)
      r3 = r8
      r3 += 64
      if r3 > r2 goto out
      """
    case .socket: saved(lookup(84), at: -144)
    case .socketCommon: saved(lookup(99), at: -152)
    case .record:
      saved(
        """
        r1 = map[idx:\(maps.index(of: .ringBuffer)!)]
        r2 = 64
        r3 = 0
        call 131
        """,
        at: -160
      )
    case .task: "call 158\n*(u64 *)(r10 -168) = r0\n"
    case .dynptr:
      """
      r1 = map[idx:\(maps.index(.plain))][0]+0
      r2 = 64
      r3 = 0
      r4 = r10
      r4 += -192
      call 197
      """
    case .slice:
      """
      r1 = r6
      r2 = 0
      r3 = r10
      r3 += -224
      \(Self.call("bpf_dynptr_from_xdp"))
      r1 = r10
      r1 += -224
      r2 = 0
      r3 = 0
      r4 = 64
      \(Self.call("bpf_dynptr_slice"))
      if r0 == 0 goto out
      *(u64 *)(r10 -232) = r0
      """
    case .ringDynptr:
      """
      r1 = map[idx:\(maps.index(of: .ringBuffer)!)]
      r2 = 64
      r3 = 0
      r4 = r10
      r4 += -208
      call 198
      """
    case .cgroup: saved("r1 = 1\n" + Self.call("bpf_cgroup_from_id"), at: -240)
    case .connection: saved(Self.connection("bpf_xdp_ct_lookup"), at: -248)
    case .freshConnection: saved(Self.connection("bpf_xdp_ct_alloc"), at: -256)
    case .securityState:
      saved("r1 = r6\nr2 = r10\nr2 += -64\nr3 = 36\n" + Self.call("bpf_xdp_get_xfrm_state"), at: -264)
    case .key: saved("r1 = 1\n" + Self.call("bpf_lookup_system_key"), at: -272)
    case .savedFlags: "r1 = r10\nr1 += -280\n" + Self.call("bpf_local_irq_save")
    default: ""
    }
  }

  /// The text of a kernel function's call.
  static func call(_ function: String) -> String {
    "call kernel-function#\(KernelTypeNumbers.of(function))"
  }

  private static func connection(_ function: String) -> String {
    "r1 = r6\nr2 = r10\nr2 += -64\nr3 = 12\nr4 = r10\nr4 += -64\nr5 = 12\n" + call(function)
  }

  private func lookup(_ helper: Int) -> String {
    """
    r1 = r6
    r2 = r10
    r2 += -64
    r3 = 12
    r4 = -1
    r5 = 0
    call \(helper)
    """
  }

  private func saved(_ code: String, at offset: Int) -> String {
    code + "\nif r0 == 0 goto out\n*(u64 *)(r10 \(offset)) = r0\n"
  }

  /// Puts it into a register.
  func assignment(to register: String, map: Int, other: Int, _ maps: TrialMaps) -> String {
    switch self {
    case .nothing: ""
    case .eight: "\(register) = 8"
    case .zero: "\(register) = 0"
    case .anyNumber: "\(register) = *(u32 *)(r6 +12)"
    case .context: "\(register) = r6"
    case .stack: "\(register) = r10\n\(register) += -64"
    case .freshStack: "\(register) = r10\n\(register) += -128"
    case .value: "\(register) = map[idx:\(maps.index(.plain))][0]+0"
    case .readOnlyValue: "\(register) = map[idx:\(maps.index(.readOnly))][0]+0"
    case .writeOnlyValue: "\(register) = map[idx:\(maps.index(.writeOnly))][0]+0"
    case .packet: "\(register) = r8"
    case .callback: "\(register) = callback ll"
    case .socket: "\(register) = *(u64 *)(r10 -144)"
    case .socketCommon: "\(register) = *(u64 *)(r10 -152)"
    case .record: "\(register) = *(u64 *)(r10 -160)"
    case .task: "\(register) = *(u64 *)(r10 -168)"
    case .slice: "\(register) = *(u64 *)(r10 -232)"
    case .dynptr: "\(register) = r10\n\(register) += -192"
    case .ringDynptr: "\(register) = r10\n\(register) += -208"
    case .timer: "\(register) = map[idx:\(maps.index(.fields))][0]+0"
    case .pointerField: "\(register) = map[idx:\(maps.index(.fields))][0]+16"
    case .lock: "\(register) = map[idx:\(maps.index(.fields))][0]+24"
    case .workQueue: "\(register) = map[idx:\(maps.index(.moreFields))][0]+0"
    case .resilientLock: "\(register) = map[idx:\(maps.index(.moreFields))][0]+16"
    case .cgroup: "\(register) = *(u64 *)(r10 -240)"
    case .connection: "\(register) = *(u64 *)(r10 -248)"
    case .freshConnection: "\(register) = *(u64 *)(r10 -256)"
    case .securityState: "\(register) = *(u64 *)(r10 -264)"
    case .key: "\(register) = *(u64 *)(r10 -272)"
    case .kernelTypeNumber: "\(register) = \(KernelTypeNumbers.structure("task_struct"))"
    case .savedFlags: "\(register) = r10\n\(register) += -280"
    case .iterator: "\(register) = r10\n\(register) += -304"
    case .map: "\(register) = map[idx:\(map)]"
    case .otherMap: "\(register) = map[idx:\(other)]"
    }
  }
}
