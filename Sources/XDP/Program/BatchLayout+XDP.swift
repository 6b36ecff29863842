import BPF
import BPFJIT
import XDPTypes

extension BatchLayout {
  /// Batches of packets, `PacketBatch`.
  static let packets = BatchLayout(
    descriptorByteCount: MemoryLayout<FrameDescriptor>.stride,
    frameOffset: offset(\.frame),
    start: Position(offset: offset(\.data), field: XDPContext.Field.data),
    end: Position(offset: offset(\.dataEnd), field: XDPContext.Field.dataEnd),
    metadata: Position(offset: offset(\.metadata), field: XDPContext.Field.dataMeta),
    highestAction: UInt8(XDPAction.redirect.rawValue)
  )

  private static func offset(_ path: PartialKeyPath<FrameDescriptor>) -> Int {
    guard let offset = MemoryLayout<FrameDescriptor>.offset(of: path) else {
      preconditionFailure("a descriptor's field has no place")
    }
    return offset
  }
}

extension Program {
  /// Whether nothing that the program calls looks at the packet at hand: only such a one runs as a loop in machine code.
  var leavesPacketsToItself: Bool {
    instructions.allSatisfy { instruction in
      switch instruction {
      case .call(.helper(let id)): Self.packetlessHelpers.contains(id)
      case .call(.kernelFunction), .call(.register): false
      default: true
      }
    }
  }

  /// Maps, numbers, locks, records and loops; no tail call, for nobody knows what is called.
  private static let packetlessHelpers: Set<UInt32> = [
    1, 2, 3, 5, 7, 8, 87, 88, 89, 93, 94, 105, 106, 125, 130, 131, 132, 133, 134, 160, 164, 181, 182, 195,
    208,
  ]
}
