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
    /// How much of the packet lies in the first frame, the rest being in fragments; nil for as much as the frame takes.
    public var linearByteCount: Int?
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
      linearByteCount: Int? = nil,
      ingressIfindex: UInt32 = 1,
      rxQueue: UInt32 = 0,
      egressIfindex: UInt32 = 0,
      timestamp: UInt64? = nil
    ) {
      self.bytes = bytes
      self.metadata = metadata
      self.linearByteCount = linearByteCount
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
    /// The packet after the run, with its fragments.
    public var bytes: [UInt8]
    /// How much of it lies in the linear part, which is what the program reaches directly.
    public var linearByteCount: Int
    /// The metadata after the run, `data_meta` to `data`.
    public var metadata: [UInt8]
    /// Whether the packet or its metadata differ from the input.
    public var isChanged: Bool
    /// Where a redirected packet goes, nil where no helper was called.
    public var redirect: RedirectTarget?
    /// Why the run was stopped.
    public var trap: Trap?
  }

  /// What decides; another engine of the same load may take over between two packets.
  public var engine: any ExecutionEngine
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
    batch = PacketBatch(pool: try FramePool(frameCount: 1 + FrameGeometry.fragmentLimit, geometry: geometry))
  }

  /// Runs the program on one packet.
  ///
  /// What does not fit the linear part goes into fragments, also for a program that does not know them: it sees the
  /// linear part, as in the kernel's test run.
  public mutating func run(_ input: Input) throws(PacketTestError) -> Outcome {
    let geometry = batch.pool.geometry
    let split = min(input.linearByteCount ?? geometry.split, geometry.linear)
    let limit = split + FrameGeometry.fragmentLimit * geometry.frameSize
    guard input.bytes.count <= limit else { throw .tooLong(byteCount: input.bytes.count, limit: limit) }
    let metadataLimit = min(Packet.metadataLimit, geometry.headroom - geometry.reserved)
    guard input.metadata.count & 3 == 0, input.metadata.count <= metadataLimit else {
      throw .badMetadata(byteCount: input.metadata.count, limit: metadataLimit & ~3)
    }
    batch.removeAll()
    batch.pool.clearNext()
    batch.ingressIfindex = input.ingressIfindex
    batch.rxQueue = input.rxQueue
    batch.egressIfindex = input.egressIfindex
    batch.hasTimestamps = input.timestamp != nil
    let isIn = batch.append(
      copying: input.bytes.rawBytes,
      metadata: input.metadata.rawBytes,
      split: split,
      timestamp: input.timestamp ?? 0
    )
    precondition(isIn, "all frames are free")
    engine.run(&batch, verdicts: &verdicts, on: &worker)
    return outcome(for: input)
  }

  private func outcome(for input: Input) -> Outcome {
    let bytes = batch.copiedBytes(at: 0)
    let metadata = batch.metadata(at: 0).copiedBytes()
    let target = verdicts.targets[0]
    return Outcome(
      action: verdicts[0],
      returned: verdicts.returned[0],
      bytes: bytes,
      linearByteCount: batch[0].linearLength,
      metadata: metadata,
      isChanged: bytes != input.bytes || metadata != input.metadata,
      redirect: verdicts[0] == .redirect && target.isSet ? target : nil,
      trap: worker.traps.first?.trap
    )
  }
}

/// Why a packet cannot be run.
public enum PacketTestError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Longer than a frame with as many fragments as there may be.
  case tooLong(byteCount: Int, limit: Int)
  /// Metadata of a length that no frame can have.
  case badMetadata(byteCount: Int, limit: Int)

  /// One line for a person.
  public var description: String {
    switch self {
    case .tooLong(let count, let limit):
      "a packet of \(count) bytes does not fit a frame and its fragments, \(limit) bytes"
    case .badMetadata(let count, let limit):
      "\(count) bytes of metadata: it must be a multiple of 4, at most \(limit)"
    }
  }
}
