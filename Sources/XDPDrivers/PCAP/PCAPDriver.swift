public import XDP

/// A capture as an interface: its packets arrive in order, and what is sent goes into another one.
///
/// It reads pcap and pcapng of Ethernet, in either byte order, in microseconds and nanoseconds; memory does not grow
/// with the file. It never waits for a packet's time: the timestamps are there for `Worker.Clock.packet`.
public final class PCAPDriver: Driver, ProgressReporting {
  /// What the capture is called, and the number that programs see as `ingress_ifindex`.
  public let interface: NetworkInterface
  /// Programs run on the frames in place.
  public let capabilities: DriverCapabilities = [.native, .transmit, .timestamps]
  /// Where the packets are copied to.
  public let pool: FramePool
  /// Where packets that were sent go; without one they are only counted.
  public let output: CaptureWriter?
  /// Packets that were sent.
  public private(set) var sent: UInt64 = 0

  private var reader: CaptureReader?

  /// Opens the capture at a path.
  public init(
    _ path: String,
    interface: NetworkInterface? = nil,
    pool: FramePool,
    output: CaptureWriter? = nil
  ) throws(CaptureError) {
    reader = try CaptureReader.open(path)
    self.interface = interface ?? NetworkInterface(name: path, index: 1)
    self.pool = pool
    self.output = output
  }

  /// Reads a capture that is in memory, such as one out of a test.
  public init(contents: [UInt8], named name: String, pool: FramePool) throws(CaptureError) {
    reader = try CaptureReader.reading(contents, named: name)
    interface = NetworkInterface(name: name, index: 1)
    self.pool = pool
    output = nil
  }

  /// An interface by which nothing arrives: a place to redirect packets to.
  public init(sendingOnlyAs interface: NetworkInterface, pool: FramePool, output: CaptureWriter?) {
    reader = nil
    self.interface = interface
    self.pool = pool
    self.output = output
  }

  /// What became of the capture's packets so far, those that were left out among them.
  public var tally: CaptureTally { reader?.tally ?? CaptureTally() }

  /// The packets that were left out since the last call, in order; from the first call on they are remembered.
  public func takeLeftOut() -> [LeftOutPacket] {
    defer { reader?.leftOut = [] }
    return reader?.leftOut ?? []
  }

  /// Bytes of the file that were read, out of those it has.
  public var progress: Progress {
    Progress(unit: .bytes, done: reader?.position ?? 0, total: reader == nil ? 0 : reader?.byteCount)
  }

  /// Fills the batch with the next packets.
  public func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception {
    batch.ingressIfindex = interface.index
    batch.rxQueue = 0
    batch.hasTimestamps = true
    do throws(CaptureError) {
      guard try reader?.fill(&batch) == true else { return .finished }
      return batch.isEmpty ? .idle : .packets
    } catch { throw DriverError(error, operation: "read") }
  }

  /// Writes the packets to `output`.
  public func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int {
    defer { batch.removeAll() }
    if let output {
      do throws(CaptureError) { try output.write(sent: batch, by: interface) } catch {
        throw DriverError(error, operation: "write")
      }
    }
    sent += UInt64(batch.count)
    return batch.count
  }
}

extension DriverError {
  /// A capture's error as the data path knows it.
  init(_ error: CaptureError, operation: String) {
    self.init(interface: error.file, operation: operation, reason: error.reason)
  }
}
