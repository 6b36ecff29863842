/// An 802.1Q or 802.1ad tag after the Ethernet header's type (`struct vlan_hdr`), 4 bytes.
@frozen public struct VLANHeader: PacketHeader, Hashable {
  /// Priority (3 bits), drop eligibility (1 bit) and the VLAN's number (12 bits).
  public var control: BigEndian<UInt16>
  /// What follows the tag.
  public var etherType: EtherType

  /// Makes a tag: a VLAN of 0 to 4095, a priority of 0 to 7.
  @inlinable public init(vlan: UInt16, priority: UInt8 = 0, etherType: EtherType) {
    control = BigEndian(UInt16(priority & 7) << 13 | vlan & 0xfff)
    self.etherType = etherType
  }

  /// The VLAN's number, 0 to 4095 (`VLAN_VID_MASK`).
  @inlinable public var vlan: UInt16 { control.value & 0xfff }
  /// The priority, 0 to 7.
  @inlinable public var priority: UInt8 { UInt8(truncatingIfNeeded: control.value >> 13) }
}
