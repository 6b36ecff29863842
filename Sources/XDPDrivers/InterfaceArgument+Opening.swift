public import XDP

extension InterfaceArgument {
  /// Opens what the argument names, as interface `index`, with frames of this geometry.
  ///
  /// What is sent to a capture goes into `writer`. A writer that observes the interface's own verdicts already has the
  /// packets that bounce: leave it out here, or they stand in the file twice. The two ends of a wire find each other in
  /// `wires`.
  public func open(
    index: UInt32,
    geometry: FrameGeometry = .kernelTestRun,
    writer: CaptureWriter? = nil,
    wires: MemoryWires = MemoryWires()
  ) throws(DriverError) -> any Driver {
    if case .wire(let name) = self {
      let interface = NetworkInterface(name: name, index: index)
      return try wires.open(name, interface: interface, geometry: geometry)
    }
    let pool: FramePool
    do throws(FramePoolError) {
      pool = try FramePool(frameCount: 4 * PacketBatch.capacity + reusedFrameCount, geometry: geometry)
    } catch { throw DriverError(interface: description, operation: "open", reason: "\(error)") }

    switch self {
    case .pcap(let input?, _):
      let interface = NetworkInterface(name: input, index: index)
      do throws(CaptureError) {
        return try PCAPDriver(input, interface: interface, pool: pool, output: writer)
      } catch { throw DriverError(error, operation: "open") }
    case .pcap(nil, let output):
      let interface = NetworkInterface(name: output ?? "", index: index)
      return PCAPDriver(sendingOnlyAs: interface, pool: pool, output: writer)
    case .memory(let traffic):
      return try MemoryDriver(traffic, interface: NetworkInterface(name: "memory", index: index), pool: pool)
    case .kernel, .tap, .packet, .xsk, .wire:
      throw DriverError(interface: description, operation: "open", reason: refusal ?? "not supported")
    }
  }

  /// Frames for packets that are made once and come again.
  private var reusedFrameCount: Int {
    guard case .memory(let traffic) = self else { return 0 }
    return traffic.reuse?.count ?? 0
  }
}
