import BPF
import BPFRuntime

/// The helpers that move a packet's start, end and metadata, and the kernel function that fills the linear part.
///
/// Invariant: an engine calls them with its worker's `RunState`, whose hook is that worker's `PacketRun`.
enum AdjustHelpers {
  static let all: [Helper] = [head, metadata, tail, pull]

  static let head = unsafe Helper(prototype(44, "bpf_xdp_adjust_head")) { machine, _, delta, _, _, _ in
    unsafe adjust(machine) { $0.adjustHead(by: Int32(truncatingIfNeeded: delta)) }
  }

  static let metadata = unsafe Helper(prototype(54, "bpf_xdp_adjust_meta")) { machine, _, delta, _, _, _ in
    unsafe adjust(machine) { $0.adjustMetadata(by: Int32(truncatingIfNeeded: delta)) }
  }

  static let tail = unsafe Helper(prototype(65, "bpf_xdp_adjust_tail")) { machine, _, delta, _, _, _ in
    unsafe adjust(machine) { $0.adjustTail(by: Int32(truncatingIfNeeded: delta)) }
  }

  static let pull = unsafe Helper(
    .function("bpf_xdp_pull_data", [.context, .scalar], .integer, changesPacket: true)
  ) { machine, _, length, _, _, _ in
    // It returns an `int`, of which a register holds the low half.
    UInt64(
      UInt32(truncatingIfNeeded: unsafe adjust(machine) { $0.pull(to: UInt32(truncatingIfNeeded: length)) })
    )
  }
}

private func prototype(_ id: UInt32, _ name: String) -> HelperPrototype {
  HelperPrototype(id, name, [.context, .scalar], .integer, changesPacket: true)
}

/// Adjusts the packet at hand, and shows the program where it lies now.
private func adjust(
  _ machine: UnsafeMutableRawPointer,
  _ adjustment: (inout Packet) -> LinuxErrno?
) -> UInt64 {
  guard let (state, run) = unsafe PacketRun.atHand(machine) else { return 0 }
  if let refusal = unsafe adjustment(&run.pointee.packet) { return refusal.negated }
  unsafe run.pointee.publish(in: &state.pointee.context)
  return 0
}

extension PacketRun {
  /// The state that an engine passes to a helper, and the hook's own; nil, and a refusal, where no packet is at hand.
  static func atHand(
    _ machine: UnsafeMutableRawPointer
  ) -> (UnsafeMutablePointer<RunState>, UnsafeMutablePointer<PacketRun>)? {
    let state = unsafe machine.assumingMemoryBound(to: RunState.self)
    guard let hook = unsafe state.pointee.hook else {
      unsafe state.pointee.refusal = "there is no packet at hand"
      return nil
    }
    return unsafe (state, hook.assumingMemoryBound(to: PacketRun.self))
  }
}
