import BPF

// What calls do to the packet, for observers. The invariant: the packet is read through the hook's own access, into as
// many bytes as it says that there are, or within its linear part, which is alive while the run is.

/// The packet as it is before a call, or after one.
struct PacketSnapshot: Hashable {
  /// The host address of its first byte, and of the end of the linear part.
  var start: UInt64, end: UInt64
  /// Bytes of metadata before it.
  var metadata: Int
  /// All its bytes, those of fragments too.
  var bytes: [UInt8]

  /// How this packet became another, if it was moved.
  func move(to new: PacketSnapshot) -> PacketMove? {
    let head = Int(truncatingIfNeeded: new.start &- start)
    let linear = Int(new.end &- new.start)
    let move = PacketMove(
      head: head,
      tail: new.bytes.count - bytes.count + head,
      oldMetadata: metadata,
      newMetadata: new.metadata,
      linearByteCount: linear,
      bytes: new.bytes
    )
    let isSame = head == 0 && move.tail == 0 && metadata == new.metadata && linear == Int(end &- start)
    return isSame ? nil : move
  }

  /// What of this packet has other bytes now, if it was not moved.
  func write(to new: PacketSnapshot) -> PacketWrite? {
    guard bytes.count == new.bytes.count,
      let first = bytes.indices.first(where: { bytes[$0] != new.bytes[$0] }),
      let last = bytes.indices.last(where: { bytes[$0] != new.bytes[$0] })
    else { return nil }
    return PacketWrite(
      offset: first,
      address: first < Int(new.end &- new.start) ? new.start &+ UInt64(first) : nil,
      old: Array(bytes[first...last]),
      new: Array(new.bytes[first...last])
    )
  }
}

extension OracleRun {
  /// The packet as it is now; nil where the context has none.
  var packetSnapshot: PacketSnapshot? {
    let fields = current.environment.context.fields
    let context = unsafe machine.block.pointee.state.context
    func value(_ kind: ContextLayout.Kind) -> UInt64? {
      fields.firstIndex { $0.kind == kind }.map { context[$0] }
    }
    guard let start = value(.packetStart), let end = value(.packetEnd), start <= end else { return nil }
    let metadata = value(.packetMetadata).map { $0 <= start ? Int(start - $0) : 0 } ?? 0
    let linear = OracleValue(bits: start, object: packet, isInitialized: true)
    guard let bytes = wholePacket ?? peek(linear, Int(end - start)) else { return nil }
    return PacketSnapshot(start: start, end: end, metadata: metadata, bytes: bytes)
  }

  /// All bytes of the packet at hand, as the hook has them; nil where there is no hook.
  private var wholePacket: [UInt8]? {
    guard let access = unsafe machine.block.pointee.state.packet,
      unsafe machine.block.pointee.state.hook != nil
    else { return nil }
    let state = unsafe UnsafeMutableRawPointer(machine.stateAddress)
    let count = unsafe access.length(state)
    guard count > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    let refusal = unsafe bytes.withUnsafeMutableBytes { buffer in
      unsafe buffer.baseAddress.map { unsafe access.load(state, 0, $0, count) } ?? 0
    }
    return refusal == 0 ? bytes : nil
  }
}
