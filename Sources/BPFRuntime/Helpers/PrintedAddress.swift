/// An IP address as the kernel prints it (`%pi4`, `%pI4`, `%pi6`, `%pI6`).
struct PrintedAddress {
  /// 4 or 16 bytes in network order.
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Padded: three digits a byte of IPv4, and IPv6 without colons.
  ///
  /// IPv6 is never shortened.
  func text(isPadded: Bool) -> [UInt8] {
    if bytes.count == 4 {
      let parts = bytes.map { byte in
        let digits = String(byte)
        return isPadded ? String(repeating: "0", count: 3 - digits.count) + digits : digits
      }
      return Array(parts.joined(separator: ".").utf8)
    }
    let groups = stride(from: 0, to: bytes.count, by: 2).map { hex(bytes[$0]) + hex(bytes[$0 + 1]) }
    return Array(groups.joined(separator: isPadded ? "" : ":").utf8)
  }

  private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
