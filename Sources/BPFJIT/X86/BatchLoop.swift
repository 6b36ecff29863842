import BPF
import BPFRuntime

/// Where the loop over a batch keeps what it needs from packet to packet, and what is left out of it.
///
/// Each variable has a slot on the host's stack; those have a register besides for which the main function leaves one.
struct BatchLoop {
  /// What stays from packet to packet, the most used first.
  enum Variable: Int32, CaseIterable {
    /// How many packets are done.
    case index
    /// The descriptor at hand.
    case descriptor
    /// Where the actions go, and the answers.
    case actions, answers
    /// The first byte of the pool.
    case pool
  }

  /// How batches lie in memory.
  let layout: BatchLayout
  /// Whether the main function is written into the loop.
  let isInlined: Bool
  /// Where a run goes on that is over.
  let next: X86Assembler.Label
  /// Whether the main function is to find the context's address in `r1`.
  let passesContext: Bool
  /// Whether anything looks at descriptors.
  let needsDescriptor: Bool
  private let registers: [X86Register]
  private let firstSlot: Int32

  init(
    _ layout: BatchLayout,
    around function: FunctionShape,
    _ isInlined: Bool,
    next: X86Assembler.Label,
    _ source: CodeSource
  ) {
    self.layout = layout
    self.isInlined = isInlined
    self.next = next
    passesContext = !isInlined || source.usesContextAddress(in: function) || layout.hooks != nil
    let fields = [layout.start.field, layout.end.field, layout.metadata.field].compactMap { $0 }
    needsDescriptor = layout.hooks != nil || fields.contains { source.readsField($0) }
    firstSlot = isInlined && function.hasLoops ? Int32(MachineLayout.allowanceByteCount) : 0
    // What functions restore; an inlined one has no need to.
    var free: [Register] =
      isInlined ? [.r6, .r7, .r8, .r9].filter { !function.saved.contains($0) } : [.r6, .r7, .r8, .r9]
    if isInlined, !function.calls, layout.hooks == nil {
      free += [.r5, .r4, .r3].filter { function.writtenRegisters & 1 << UInt16($0.rawValue) == 0 }
    }
    registers = free.map { X86Register($0) }
  }

  /// The register that a variable is in; nil where there is none for it.
  func register(_ variable: Variable) -> X86Register? {
    var place = Int(variable.rawValue)
    if !needsDescriptor {
      if variable == .descriptor || variable == .pool { return nil }
      if variable.rawValue > Variable.descriptor.rawValue { place -= 1 }
    }
    return registers.indices.contains(place) ? registers[place] : nil
  }

  /// A variable's place on the stack.
  func slot(_ variable: Variable) -> X86Memory { X86Memory(.rsp, firstSlot + 8 + 8 * variable.rawValue) }

  /// The place of the number of packets.
  var count: X86Memory { X86Memory(.rsp, firstSlot) }

  /// Bytes of all of it, so that the stack stays aligned for calls.
  var frameByteCount: Int32 { (firstSlot + 8 + 8 * Int32(Variable.allCases.count) + 15) / 16 * 16 }

  /// What a load from the context stands for in a descriptor; nil where it is in the machine's state.
  func position(of field: Int) -> BatchLayout.Position? {
    guard isInlined, layout.hooks == nil else { return nil }
    return [layout.start, layout.end, layout.metadata].first { $0.field == field }
  }
}
