import BPF
import BPFRuntime

/// Where the loop over a batch keeps what it needs from packet to packet, and what is left out of it.
struct ARM64BatchLoop {
  /// What the loop keeps in registers that no program uses: the descriptor at hand, its frame, how many packets are done,
  /// and where the answers go.
  static let descriptor = ARM64Register.x25, frame = ARM64Register.x26
  static let index = ARM64Register.x27, answers = ARM64Register.x28

  /// How batches lie in memory.
  let layout: BatchLayout
  /// Whether the main function is written into the loop.
  let isInlined: Bool
  /// Where a run goes on that is over.
  let next: ARM64Assembler.Label
  /// Whether the main function is to find the context's address in `r1`.
  let passesContext: Bool
  /// Whether anything looks at descriptors.
  let needsDescriptor: Bool
  private let firstSlot: Int32

  init(
    _ layout: BatchLayout,
    around function: FunctionShape,
    _ isInlined: Bool,
    next: ARM64Assembler.Label,
    _ source: CodeSource
  ) {
    self.layout = layout
    self.isInlined = isInlined
    self.next = next
    passesContext = !isInlined || source.usesContextAddress(in: function) || layout.hooks != nil
    let fields = [layout.start.field, layout.end.field, layout.metadata.field].compactMap { $0 }
    needsDescriptor = layout.hooks != nil || fields.contains { source.readsField($0) }
    firstSlot = isInlined && function.hasLoops ? ARM64Generator.allowance : 0
  }

  /// The places of what is looked at once a packet: the number of packets, where actions go, the pool.
  var count: ARM64Memory { ARM64Memory(.stackPointer, firstSlot) }
  var actions: ARM64Memory { ARM64Memory(.stackPointer, firstSlot + 8) }
  var pool: ARM64Memory { ARM64Memory(.stackPointer, firstSlot + 16) }
  /// Bytes of all of it, so that the stack stays aligned.
  var frameByteCount: Int32 { firstSlot + 32 }

  /// What a load from the context stands for in a descriptor; nil where it is in the machine's state.
  func position(of field: Int) -> BatchLayout.Position? {
    guard isInlined, layout.hooks == nil else { return nil }
    return [layout.start, layout.end, layout.metadata].first { $0.field == field }
  }
}
