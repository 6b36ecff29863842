import BPFRuntime
import XDPDrivers

/// The packet of a run as it is at each step, to name what lies at an offset of it.
struct PacketNames {
  /// The packet's bytes now, with those of fragments.
  private(set) var bytes: [UInt8]
  private var known: PacketDissection?

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The headers as they are now.
  var dissection: PacketDissection {
    mutating get {
      let dissection = known ?? PacketDissection(bytes)
      known = dissection
      return dissection
    }
  }

  /// What lies at a place, such as `IPv4 source`; nil where no header covers it or it is not in the packet.
  mutating func name(of place: TracePlace, byteCount: Int) -> String? {
    guard case .packet(let offset, _) = place else { return nil }
    return name(of: offset, byteCount: byteCount)
  }

  /// What lies at an offset of the packet, wherever its bytes lie; nil where no header covers it.
  mutating func name(of offset: Int, byteCount: Int) -> String? {
    guard offset >= 0, byteCount > 0 else { return nil }
    return dissection.fields(at: offset..<offset + byteCount).map { layer, fields in
      "\(layer.name) " + fields.map(\.name).joined(separator: ", ")
    }
  }

  /// The field that an access reads, with its header's name and its text; what no header covers is given as bytes.
  mutating func field(of access: TraceAccess) -> (name: String, text: String)? {
    guard case .packet(let offset, _) = access.place, offset >= 0 else { return nil }
    let range = offset..<offset + access.byteCount
    guard let (layer, fields) = dissection.fields(at: range), let field = fields.first else {
      return ("pkt+\(offset)", "0x" + Hex.text(access.old))
    }
    return ("\(layer.name) \(field.name)", field.text)
  }

  /// Follows what a step did to the packet.
  mutating func follow(_ step: TraceStep) {
    switch step.effect {
    case .memory(let access):
      if case .packet(let offset, _) = access.place, let new = access.new { write(new, at: offset) }
    case .call(let call):
      if let move = call.packetMove {
        bytes = move.bytes
        known = nil
      }
      if let change = call.packetWrite { write(change.new, at: change.offset) }
      for argument in call.arguments {
        if case .packet(let offset, _)? = argument.value?.place, let new = argument.written {
          write(new, at: offset)
        }
      }
    default: break
    }
  }

  private mutating func write(_ new: [UInt8], at offset: Int) {
    guard offset >= 0, offset + new.count <= bytes.count else { return }
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
    known = nil
  }
}
