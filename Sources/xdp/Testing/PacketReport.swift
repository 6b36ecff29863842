import BPFRuntime
import XDP

/// What `xdp test` says of one packet.
struct PacketReport: Hashable {
  /// Counted from 0 over all inputs.
  var index: Int
  /// The action that the packet gets.
  var action: XDPAction
  /// What the program returned, an action or not; 0 after a trap.
  var returned: UInt32
  /// The packet as it came in.
  var input: [UInt8]
  /// The packet afterwards, `data` to `data_end`.
  var bytes: [UInt8]
  /// The metadata afterwards.
  var metadata: [UInt8]
  /// Where a redirected packet goes; nil where the engine does not say.
  var redirect: RedirectReport?
  /// Why the program was stopped.
  var trap: Trap?

  /// Whether the packet or its metadata differ from what came in.
  var isChanged: Bool { bytes != input || !metadata.isEmpty }

  /// The document of the packet.
  var document: JSONValue {
    [
      "index": .number(index),
      "action": .string("\(action)"),
      "returned": .number(returned),
      "length": .number(bytes.count),
      "data": .hex(bytes),
      "metadata": .hex(metadata),
      "changed": .boolean(isChanged),
      "redirect": redirect?.document ?? .null,
      "trap": trap?.document ?? .null,
    ]
  }

  /// The cells of a line for a person: index, action, length, notes.
  var cells: [String] {
    let length = bytes.count == input.count ? "\(bytes.count) bytes" : "\(input.count) → \(bytes.count) bytes"
    var notes: [String] = []
    if returned > XDPAction.redirect.rawValue { notes.append("returned \(returned), which is no action") }
    if bytes != input { notes.append("changed") }
    if !metadata.isEmpty { notes.append("metadata \(Hex.text(metadata))") }
    if let redirect { notes.append(redirect.text) }
    if let trap { notes.append("\(trap)") }
    return ["#\(index)", "\(action)", length, notes.joined(separator: "; ")]
  }
}

/// Where a redirected packet goes.
struct RedirectReport: Hashable {
  /// The map's name; nil where `bpf_redirect` named the interface.
  var map: String?
  /// The key in the map.
  var key: UInt32
  /// The interface, 0 where the target is none.
  var ifindex: UInt32
  /// The helper's flags.
  var flags: UInt64

  fileprivate var document: JSONValue {
    [
      "map": map.map(JSONValue.string) ?? .null,
      "key": map == nil ? .null : .number(key),
      "ifindex": .number(ifindex),
      "flags": .number(flags),
    ]
  }

  var text: String {
    let place = map.map { "through \($0)[\(key)]" }
    return [ifindex == 0 ? nil : "to interface \(ifindex)", place].compactMap(\.self).joined(separator: " ")
  }
}
