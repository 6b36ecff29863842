public import BPFRuntime
import BTF
public import XDPTypes

/// Runs an engine on one packet after another, for tools and tests: what the kernel's test run is to its programs.
///
/// Every packet finds a frame of zeros around it, so that a run can be repeated byte for byte.
public struct PacketTest: ~Copyable {
  /// A packet as it comes in.
  public struct Input: Hashable, Sendable {
    /// The packet's bytes.
    public var bytes: [UInt8]
    /// The metadata before it, a multiple of 4 bytes.
    public var metadata: [UInt8]
    /// The interface that it came in by.
    public var ingressIfindex: UInt32
    /// The receive queue.
    public var rxQueue: UInt32
    /// The interface that it leaves by, for a devmap's program.
    public var egressIfindex: UInt32
    /// Nanoseconds: the clock of a worker whose clock is the packet's; nil for the host's clock.
    public var timestamp: UInt64?

    /// Makes an input; the interface is 1 unless said otherwise, as in the kernel's test run.
    public init(
      _ bytes: [UInt8],
      metadata: [UInt8] = [],
      ingressIfindex: UInt32 = 1,
      rxQueue: UInt32 = 0,
      egressIfindex: UInt32 = 0,
      timestamp: UInt64? = nil
    ) {
      self.bytes = bytes
      self.metadata = metadata
      self.ingressIfindex = ingressIfindex
      self.rxQueue = rxQueue
      self.egressIfindex = egressIfindex
      self.timestamp = timestamp
    }
  }

  /// What became of it.
  public struct Outcome: Hashable, Sendable {
    /// What is done with the packet: aborted after a trap, and for a number that is no action.
    public var action: XDPAction
    /// The low half of `r0`; 0 after a trap.
    public var returned: UInt32
    /// The packet after the run, `data` to `data_end`.
    public var bytes: [UInt8]
    /// The metadata after the run, `data_meta` to `data`.
    public var metadata: [UInt8]
    /// Whether the packet or its metadata differ from the input.
    public var isChanged: Bool
    /// Where a redirected packet goes, nil where no helper was called.
    public var redirect: RedirectTarget?
    /// Why the run was stopped.
    public var trap: Trap?
  }

  /// What decides.
  public let engine: any ExecutionEngine
  /// The machine that packets run on.
  public var worker: Worker
  private var batch: PacketBatch
  private var verdicts = Verdicts()

  /// A test of an engine in frames of a geometry.
  public init(
    _ engine: any ExecutionEngine,
    on worker: consuming Worker = Worker(),
    geometry: FrameGeometry = .kernelTestRun
  ) throws(FramePoolError) {
    self.engine = engine
    self.worker = worker
    batch = PacketBatch(pool: try FramePool(frameCount: 1, geometry: geometry))
  }

  /// Runs the program on one packet.
  public mutating func run(_ input: Input) throws(PacketTestError) -> Outcome {
    let geometry = batch.pool.geometry
    guard input.bytes.count <= geometry.linear else {
      throw .tooLong(byteCount: input.bytes.count, limit: geometry.linear)
    }
    let metadataLimit = min(Packet.metadataLimit, geometry.headroom - geometry.reserved)
    guard input.metadata.count & 3 == 0, input.metadata.count <= metadataLimit else {
      throw .badMetadata(byteCount: input.metadata.count, limit: metadataLimit & ~3)
    }
    batch.removeAll()
    batch.pool.clear()
    batch.ingressIfindex = input.ingressIfindex
    batch.rxQueue = input.rxQueue
    batch.egressIfindex = input.egressIfindex
    batch.hasTimestamps = input.timestamp != nil
    let isIn = batch.append(
      copying: input.bytes.rawBytes,
      metadata: input.metadata.rawBytes,
      timestamp: input.timestamp ?? 0
    )
    precondition(isIn, "the only frame is free")
    engine.run(&batch, verdicts: &verdicts, on: &worker)
    return outcome(for: input)
  }

  private func outcome(for input: Input) -> Outcome {
    let bytes = batch.bytes(at: 0).copiedBytes()
    let metadata = batch.metadata(at: 0).copiedBytes()
    let target = verdicts.targets[0]
    return Outcome(
      action: verdicts[0],
      returned: verdicts.returned[0],
      bytes: bytes,
      metadata: metadata,
      isChanged: bytes != input.bytes || metadata != input.metadata,
      redirect: verdicts[0] == .redirect && target.isSet ? target : nil,
      trap: worker.traps.first?.trap
    )
  }
}

/// Why a packet cannot be run.
public enum PacketTestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Longer than the linear part of a frame.
  case tooLong(byteCount: Int, limit: Int)
  /// Metadata of a length that no frame can have.
  case badMetadata(byteCount: Int, limit: Int)

  /// One line for a person.
  public var description: String {
    switch self {
    case .tooLong(let count, let limit):
      "a packet of \(count) bytes does not fit the linear part of a frame, \(limit) bytes"
    case .badMetadata(let count, let limit):
      "\(count) bytes of metadata: it must be a multiple of 4, at most \(limit)"
    }
  }
}
