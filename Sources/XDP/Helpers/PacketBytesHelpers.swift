import BPF
import BPFRuntime

/// The helpers that reach a packet's bytes wherever they lie: in the linear part and in fragments.
///
/// Invariant: an engine calls them with its worker's `RunState`, whose hook is that worker's `PacketRun`, and with
/// pointers to as many bytes as the sizes say.
enum PacketBytesHelpers {
  static let all: [Helper] = [length, load, store]

  static let length = unsafe Helper(
    HelperPrototype(188, "bpf_xdp_get_buff_len", [.context], .integer)
  ) { machine, _, _, _, _, _ in
    guard let (_, run) = unsafe PacketRun.atHand(machine) else { return 0 }
    return unsafe UInt64(run.pointee.packet.totalLength)
  }

  static let load = unsafe Helper(
    HelperPrototype(189, "bpf_xdp_load_bytes", [.context, .scalar, .writableMemory, .size], .integer)
  ) { machine, _, offset, target, count, _ in
    guard let (_, run) = unsafe PacketRun.atHand(machine),
      let target = unsafe UnsafeMutableRawPointer(bitPattern: UInt(target))
    else { return 0 }
    let refusal = unsafe run.pointee.packet.load(target, count: low(count), from: low(offset))
    return refusal?.negated ?? 0
  }

  static let store = unsafe Helper(
    HelperPrototype(190, "bpf_xdp_store_bytes", [.context, .scalar, .readableMemory, .size], .integer)
  ) { machine, _, offset, source, count, _ in
    guard let (_, run) = unsafe PacketRun.atHand(machine),
      let source = unsafe UnsafeRawPointer(bitPattern: UInt(source))
    else { return 0 }
    let refusal = unsafe run.pointee.packet.store(source, count: low(count), at: low(offset))
    return refusal?.negated ?? 0
  }
}

private func low(_ register: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: register) }
