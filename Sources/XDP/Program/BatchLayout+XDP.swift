import BPF
import BPFJIT
import BPFRuntime
import XDPTypes

/// How machine code finds its way in a `PacketBatch`.
///
/// The invariant of both hooks: they are called with the state of a worker whose hook is its `PacketRun`, with a descriptor
/// of the batch that the worker runs, and with the first byte of that batch's pool.
extension BatchLayout {
  /// Batches of packets, `PacketBatch`, for programs whose helpers do not look at them.
  static let packets = BatchLayout(
    descriptorByteCount: MemoryLayout<FrameDescriptor>.stride,
    frameOffset: offset(\.frame),
    start: Position(offset: offset(\.data), field: XDPContext.Field.data),
    end: Position(offset: offset(\.dataEnd), field: XDPContext.Field.dataEnd),
    metadata: Position(offset: offset(\.metadata), field: XDPContext.Field.dataMeta),
    highestAction: UInt8(XDPAction.redirect.rawValue)
  )

  /// The same for all programs.
  static let packetsForHelpers: BatchLayout = {
    var layout = packets
    layout.hooks = unsafe Hooks(begin: address(of: begin), end: address(of: end))
    return layout
  }()

  /// What suits a program.
  static func packets(for program: Program) -> BatchLayout {
    program.leavesPacketsToItself ? packets : packetsForHelpers
  }

  private static func offset(_ path: PartialKeyPath<FrameDescriptor>) -> Int {
    guard let offset = MemoryLayout<FrameDescriptor>.offset(of: path) else {
      preconditionFailure("a descriptor's field has no place")
    }
    return offset
  }

  @unsafe private static func address(of thunk: HelperThunk) -> UInt64 {
    unsafe UInt64(unsafeBitCast(thunk, to: UInt.self))
  }

  /// Turns the worker to the packet of a descriptor.
  private static let begin: HelperThunk = { machine, descriptor, pool, _, _, _ in
    guard let (state, run) = unsafe PacketRun.atHand(machine),
      let place = unsafe UnsafePointer<FrameDescriptor>(bitPattern: UInt(descriptor)),
      let base = unsafe UnsafeMutableRawPointer(bitPattern: UInt(pool))
    else { return 0 }
    unsafe run.pointee.begin(base + Int(place.pointee.frame), at: place.pointee)
    unsafe run.pointee.publish(in: &state.pointee.context)
    return 0
  }

  /// Keeps what became of it.
  private static let end: HelperThunk = { machine, descriptor, _, _, _, _ in
    guard let (_, run) = unsafe PacketRun.atHand(machine),
      let place = unsafe UnsafeMutablePointer<FrameDescriptor>(bitPattern: UInt(descriptor))
    else { return 0 }
    unsafe run.pointee.packet.write(to: &place.pointee)
    return 0
  }
}

extension Program {
  /// Whether nothing that the program calls looks at the packet at hand.
  fileprivate var leavesPacketsToItself: Bool {
    instructions.allSatisfy { instruction in
      switch instruction {
      case .call(.helper(let id)): BatchLayout.packetlessHelpers.contains(id)
      case .call(.kernelFunction), .call(.register): false
      default: true
      }
    }
  }
}

extension BatchLayout {
  /// Maps, numbers, locks, records, loops and redirects; no tail call, for nobody knows what is called.
  fileprivate static let packetlessHelpers: Set<UInt32> = [
    1, 2, 3, 5, 7, 8, 23, 51, 87, 88, 89, 93, 94, 105, 106, 125, 130, 131, 132, 133, 134, 160, 164, 181, 182,
    195,
    208,
  ]
}
