import BPF

// What the proof keeps of each access for the engines.

extension Transfer {
  /// Keeps where an access that was found good goes.
  mutating func prove(_ pointer: RegisterState, _ address: Address, _ size: Size, depth: Int, _ slot: Int) {
    let start = Int64(pointer.offset) &+ Int64(address.offset)
    let first = start &+ pointer.scalar.minS64
    let last = start &+ pointer.scalar.maxS64 &+ Int64(size.byteCount - 1)
    var access = ProvenAccess(place(of: pointer, depth), first...max(first, last))
    if pointer.kind == .arena || pointer.traits.contains(.untrusted) {
      // It need not lead anywhere: such accesses are made so that they cannot fault.
      access = ProvenAccess(.object, .min ... .max)
    }
    if accesses[slot] == nil {
      accesses[slot] = access
    } else if accesses[slot] != access {
      accesses[slot]?.join(access)
    }
  }

  private func place(of pointer: RegisterState, _ depth: Int) -> ProvenAccess.Place {
    switch pointer.kind {
    case .context: .context
    case .stack: Int(pointer.index) == depth ? .ownFrame : .callersFrame
    case .packet: .packet
    case .packetMetadata: .packetMetadata
    case .mapValue where program.maps.indices.contains(Int(pointer.index)): .mapValue(Int(pointer.index))
    default: .object
    }
  }
}
