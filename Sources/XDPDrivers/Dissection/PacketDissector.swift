import BTF
import XDPTypes

/// Walks over the headers of a packet.
struct PacketDissector {
  private(set) var layers: [PacketLayer] = []
  /// Where the next header begins.
  private(set) var offset = 0
  let bytes: [UInt8]
  private var next: Next = .ethernet

  /// What comes next.
  enum Next {
    case ethernet
    case etherType(EtherType)
    case ip(IPProtocol, isIPv6: Bool)
    case nothing
  }

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Names as many headers as there are.
  mutating func run() {
    while layers.count < PacketDissection.layerLimit {
      let before = layers.count
      switch next {
      case .ethernet: ethernet()
      case .etherType(let type): network(type)
      case .ip(let kind, let isIPv6): transport(kind, isIPv6)
      case .nothing: return
      }
      if layers.count == before || layers[before].problem != nil { return }
    }
  }

  // MARK: What layers are made of

  /// A header read at the current offset; nil, and a layer that says so, where the packet ends within it.
  mutating func read<Header: PacketHeader>(_ type: Header.Type, _ name: String) -> Header? {
    if let header = Header(bytes.rawBytes, at: offset) { return header }
    cut(name, Header.byteCount)
    return nil
  }

  /// Says that the packet ends within a header of so many bytes.
  mutating func cut(_ name: String, _ needed: Int) {
    let available = max(0, bytes.count - offset)
    layers.append(
      PacketLayer(
        name: name,
        range: offset..<offset + available,
        fields: [],
        summary: "",
        problem: "cut off after \(available) of \(needed) bytes"
      )
    )
    offset += available
    next = .nothing
  }

  /// Adds a header of `length` bytes at the current offset and goes on behind it.
  mutating func add(
    _ name: String,
    _ length: Int,
    _ summary: String,
    _ fields: [(name: String, offset: Int, byteCount: Int, text: String)],
    then next: Next,
    problem: String? = nil
  ) {
    let start = offset
    layers.append(
      PacketLayer(
        name: name,
        range: start..<start + length,
        fields: fields.map {
          PacketLayer.Field(
            name: $0.name,
            range: start + $0.offset..<start + $0.offset + $0.byteCount,
            text: $0.text
          )
        },
        summary: summary,
        problem: problem
      )
    )
    offset += length
    self.next = next
  }

  /// No header that has a name here follows.
  mutating func end() { next = .nothing }

  /// Whether so many bytes are left.
  func has(_ count: Int) -> Bool { bytes.count - offset >= count }

  // MARK: Links

  private mutating func ethernet() {
    guard let header = read(EthernetHeader.self, "Ethernet") else { return }
    add(
      "Ethernet",
      EthernetHeader.byteCount,
      "\(header.source) → \(header.destination), \(header.etherType)",
      [
        ("destination", 0, 6, "\(header.destination)"), ("source", 6, 6, "\(header.source)"),
        ("type", 12, 2, "\(header.etherType)"),
      ],
      then: .etherType(header.etherType)
    )
  }

  private mutating func network(_ type: EtherType) {
    switch type {
    case .vlan, .serviceVLAN: vlan()
    case .arp: arp()
    case .ipv4: ipv4()
    case .ipv6: ipv6()
    default: next = .nothing
    }
  }

  private mutating func vlan() {
    guard let header = read(VLANHeader.self, "VLAN") else { return }
    add(
      "VLAN",
      VLANHeader.byteCount,
      "\(header.vlan), priority \(header.priority), \(header.etherType)",
      [
        ("number", 0, 2, "\(header.vlan)"), ("priority", 0, 1, "\(header.priority)"),
        ("type", 2, 2, "\(header.etherType)"),
      ],
      then: .etherType(header.etherType)
    )
  }

  private mutating func arp() {
    guard let header = read(ARPHeader.self, "ARP") else { return }
    let operation =
      switch header.operation.value {
      case 1: "asks"
      case 2: "answers"
      default: "operation \(header.operation.value)"
      }
    let isKnown = header.hardwareLength == 6 && header.protocolLength == 4
    add(
      "ARP",
      ARPHeader.byteCount,
      "\(header.sender) (\(header.senderHardware)) \(operation) \(header.target)",
      [
        ("hardware type", 0, 2, "\(header.hardwareType.value)"), ("protocol", 2, 2, "\(header.protocolType)"),
        ("operation", 6, 2, operation), ("sender hardware", 8, 6, "\(header.senderHardware)"),
        ("sender", 14, 4, "\(header.sender)"), ("target hardware", 18, 6, "\(header.targetHardware)"),
        ("target", 24, 4, "\(header.target)"),
      ],
      then: .nothing,
      problem: isKnown ? nil : "addresses of \(header.hardwareLength) and \(header.protocolLength) bytes"
    )
  }
}
