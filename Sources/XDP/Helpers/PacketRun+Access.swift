import BPFRuntime

extension PacketRun {
  /// How dynptrs reach the packet at hand.
  ///
  /// Invariant: an engine calls these with its worker's `RunState`, whose hook is that worker's `PacketRun`, and with
  /// pointers to as many bytes as it asks for.
  static let access = unsafe PacketAccess(
    length: { machine in
      guard let (_, run) = unsafe PacketRun.atHand(machine) else { return 0 }
      return unsafe run.pointee.packet.totalLength
    },
    load: { machine, offset, target, count in
      guard let (_, run) = unsafe PacketRun.atHand(machine) else { return 0 }
      let refusal = unsafe run.pointee.packet.load(
        target,
        count: UInt32(clamping: count),
        from: UInt32(clamping: offset)
      )
      return -(refusal?.rawValue ?? 0)
    },
    store: { machine, offset, source, count in
      guard let (_, run) = unsafe PacketRun.atHand(machine) else { return 0 }
      let refusal = unsafe run.pointee.packet.store(
        source,
        count: UInt32(clamping: count),
        at: UInt32(clamping: offset)
      )
      return -(refusal?.rawValue ?? 0)
    },
    bytes: { machine, offset, count in
      guard let (_, run) = unsafe PacketRun.atHand(machine) else { return nil }
      return unsafe run.pointee.packet.address(of: UInt32(clamping: offset), count: UInt32(clamping: count))
    }
  )
}
