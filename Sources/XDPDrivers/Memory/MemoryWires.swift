import XDP

/// The wires of one run by their names: whoever names a wire first gets one end, the second the other.
public final class MemoryWires {
  private struct Wire {
    let wire: MemoryWire
    var isWhole = false
  }

  private var wires: [String: Wire] = [:]

  /// No wires yet.
  public init() {}

  /// Wires of which one end is missing, in order of their names.
  public var halves: [String] { wires.filter { !$0.value.isWhole }.keys.sorted() }

  /// Opens the next end of a wire.
  func open(
    _ name: String,
    interface: NetworkInterface,
    geometry: FrameGeometry
  ) throws(DriverError) -> MemoryWireEnd {
    if let known = wires[name] {
      guard !known.isWhole else {
        let reason = "both ends of the wire are in use; a wire joins two interfaces"
        throw DriverError(interface: "memory:wire=\(name)", operation: "open", reason: reason)
      }
      wires[name]?.isWhole = true
      return try known.wire.open(.second, interface: interface)
    }
    let wire: MemoryWire
    do throws(FramePoolError) {
      wire = try MemoryWire(geometry: geometry)
    } catch { throw DriverError(interface: "memory:wire=\(name)", operation: "open", reason: "\(error)") }
    wires[name] = Wire(wire: wire)
    return try wire.open(.first, interface: interface)
  }
}
