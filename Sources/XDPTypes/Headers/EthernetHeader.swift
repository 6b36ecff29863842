/// The header of an Ethernet frame (`struct ethhdr`), 14 bytes.
@frozen public struct EthernetHeader: PacketHeader, Hashable {
  /// Whom the frame is for.
  public var destination: MACAddress
  /// Who sent it.
  public var source: MACAddress
  /// What follows.
  public var etherType: EtherType

  /// Makes a header.
  @inlinable public init(destination: MACAddress, source: MACAddress, etherType: EtherType) {
    self.destination = destination
    self.source = source
    self.etherType = etherType
  }
}
