/// One header of a packet, with its fields named.
public struct PacketLayer: Hashable, Sendable {
  /// The header's name, such as `IPv4`.
  public var name: String
  /// Its bytes, counted from the packet's first; as many as there are where the packet ends within it.
  public var range: Range<Int>
  /// What it says, in the order of its fields.
  public var fields: [Field]
  /// The header in one line, such as `192.0.2.1 → 192.0.2.2, TCP, TTL 64`.
  public var summary: String
  /// What is wrong with it, such as `cut off after 7 of 20 bytes`; nil if nothing is.
  public var problem: String?

  /// A named part of a header.
  public struct Field: Hashable, Sendable {
    /// Its name, such as `source`.
    public var name: String
    /// Its bytes, counted from the packet's first; several fields may share a byte.
    public var range: Range<Int>
    /// Its value.
    public var text: String
  }
}

/// A packet's headers, outermost first, as far as its bytes make sense.
///
/// Any bytes have a dissection. What no header describes is the rest.
public struct PacketDissection: Hashable, Sendable {
  /// How many headers are named at most: tunnels within tunnels end here.
  public static let layerLimit = 24

  /// The headers.
  public private(set) var layers: [PacketLayer]
  /// The bytes behind the last header.
  public private(set) var rest: Range<Int>

  /// Names the headers of an Ethernet frame.
  public init(_ bytes: [UInt8]) {
    var dissector = PacketDissector(bytes)
    dissector.run()
    layers = dissector.layers
    rest = min(dissector.offset, bytes.count)..<bytes.count
  }

  /// What the packet is, such as `Ethernet, IPv4, TCP`.
  public var title: String { layers.map(\.name).joined(separator: ", ") }

  /// The fields that cover all these bytes and as little else as may be, with their header; nil where none does.
  ///
  /// They are several where fields share a byte.
  public func fields(at range: Range<Int>) -> (layer: PacketLayer, fields: [PacketLayer.Field])? {
    guard
      let layer = layers.last(where: {
        $0.range.lowerBound <= range.lowerBound && $0.range.upperBound >= range.upperBound
      })
    else { return nil }
    let covering = layer.fields.filter {
      $0.range.lowerBound <= range.lowerBound && $0.range.upperBound >= range.upperBound
    }
    guard let least = covering.map(\.range.count).min() else { return nil }
    return (layer, covering.filter { $0.range.count == least })
  }
}
