public import BPF

/// A program that was proved safe: its instructions unmodified, with what an engine can use of the proof.
///
/// Only a `Verifier` makes one, so that whoever holds one need not check what the program does.
public struct VerifiedProgram: Sendable {
  /// The program.
  public let program: Program
  /// How many processors the proof allows for: each number that a program can see of one is below this.
  public let processorCount: Int
  /// Whether any instruction looks into the packet.
  public let readsPacket: Bool
  /// Bytes of stack that each function uses, by its place in the program's functions.
  public let stackDepths: [Int]
  /// Bytes of stack that the deepest chain of calls uses, each frame rounded up to 16.
  public let stackDepth: Int
  /// The numbers of the helpers that may be called.
  public let helpers: Set<UInt32>
  /// The names of the kernel functions that may be called.
  public let functions: Set<String>
  /// Bytes of frozen read-only maps that the proof relied on: offsets by the map's index in `Program.maps`.
  ///
  /// An engine binds the program only to maps that hold the same bytes there.
  public let reliedOn: [Int: Set<Int>]
  /// How much work the proof was.
  public let statistics: VerifierStatistics
  /// What is to be expected of Linux: its effort may end where this proof went on.
  public let linux: LinuxPrediction
  /// What a person should know all the same, such as that Linux's own effort may end first; one line each.
  public let warnings: [String]
  private let isReached: [Bool]
  private let accesses: [ProvenAccess?]
  private let branchWays: [BranchWays]

  init(
    _ program: Program,
    _ transfer: Transfer,
    stackDepth: Int,
    statistics: VerifierStatistics,
    linux: LinuxPrediction,
    warnings: [String]
  ) {
    self.program = program
    self.stackDepth = stackDepth
    self.statistics = statistics
    self.linux = linux
    self.warnings = warnings
    processorCount = transfer.environment.processorCount
    readsPacket = transfer.readsPacket
    stackDepths = transfer.stackDepths
    isReached = transfer.isReached
    accesses = transfer.accesses
    branchWays = transfer.ways
    reliedOn = Dictionary(
      uniqueKeysWithValues: transfer.reliedOn.compactMap { map, bytes in
        program.maps.indices.contains(Int(map)) ? (Int(map), bytes) : nil
      }
    )
    var helpers: Set<UInt32> = []
    for (slot, prototype) in transfer.prototypes where transfer.isReached[slot] && prototype.id != 0 {
      helpers.insert(prototype.id)
    }
    self.helpers = helpers
    functions = Set(
      program.externs.filter { extern in
        extern.kind == .function && extern.slots.contains { transfer.isReached[$0] }
      }.map(\.name)
    )
  }

  /// Whether a run can get to the instruction at a slot; the second slot of a wide instruction is never reached.
  public func reaches(slot: Int) -> Bool { isReached.indices.contains(slot) && isReached[slot] }

  /// Which ways the branch at a slot can go; none where there is no branch that is reached.
  public func ways(at slot: Int) -> BranchWays { branchWays.indices.contains(slot) ? branchWays[slot] : [] }

  /// What was proved of the load, store or atomic operation at a slot; nil where there is none that is reached.
  public func access(at slot: Int) -> ProvenAccess? {
    accesses.indices.contains(slot) ? accesses[slot] : nil
  }
}

/// How much work a verdict was.
public struct VerifierStatistics: Hashable, Sendable {
  /// Instructions that were followed, on all ways.
  public var processed = 0
  /// States that were kept.
  public var states = 0
  /// The most ways that waited to be followed.
  public var peakPending = 0
  /// Makes empty statistics.
  public init() {}
}
