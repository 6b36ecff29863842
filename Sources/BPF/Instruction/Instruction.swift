/// One eBPF instruction, in the vocabulary of RFC 9669 and the kernel's additions to it.
///
/// Everything after the decoder speaks `Instruction`: nobody else masks opcodes. Branch offsets count slots from
/// the slot after the instruction; a slot is 8 bytes and `loadImmediate` takes two.
public enum Instruction: Hashable, Sendable {
  /// `destination op= operand`
  case alu(ALU, Width, Register, Operand)
  /// `destination = -destination`
  case negate(Width, Register)
  /// `destination = (signed size)source`: `movsx`; `size` is below the width.
  case moveSignExtending(Size, Width, Register, from: Register)
  /// Converts the low 16, 32 or 64 bits of the register and clears the rest.
  case swap(ByteSwap, Size, Register)
  /// `destination = *(unsigned size *)(address)`
  case load(Size, Register, from: Address)
  /// `destination = *(signed size *)(address)`: `ldsx`; `size` is below 64 bits.
  case loadSignExtending(Size, Register, from: Address)
  /// `*(size *)(address) = operand`; an immediate is sign-extended.
  case store(Size, Operand, to: Address)
  /// `lock *(width *)(address) op= source`
  case atomic(AtomicOperation, Width, Register, at: Address)
  /// `destination = load_acquire((size *)(address))`
  case loadAcquire(Size, Register, from: Address)
  /// `store_release((size *)(address), source)`
  case storeRelease(Size, Register, to: Address)
  /// `destination = value`, in two slots.
  case loadImmediate(Register, Immediate64)
  /// `goto offset`
  case jump(offset: Int16)
  /// `gotol offset`: the 32-bit form.
  case jumpLong(offset: Int32)
  /// Jumps when `register op operand` holds.
  case branch(Comparison, Width, Register, Operand, offset: Int16)
  /// `may_goto offset`: leaves a loop once the run's allowance is used up (`BPF_JCOND`).
  case mayGoto(offset: Int16)
  /// `call target`
  case call(CallTarget)
  /// `destination = addr_space_cast(source, to, from)`: moves a pointer between arena address spaces.
  case addressSpaceCast(Register, from: Register, spaces: UInt32)
  /// Returns `r0` to the caller.
  case exit

  /// The number of 8-byte slots this takes: two for `loadImmediate`, else one.
  public var slotCount: Int {
    if case .loadImmediate = self { 2 } else { 1 }
  }
}

/// What a `call` instruction calls.
public enum CallTarget: Hashable, Sendable {
  /// A helper by its number in `enum bpf_func_id`.
  case helper(UInt32)
  /// A function of the same program; `offset` counts slots from the one after the call.
  case local(offset: Int32)
  /// A kernel function by BTF id, in vmlinux (`module` 0) or in the module whose BTF descriptor is at that index.
  case kernelFunction(btfID: Int32, module: Int16)
  /// The function whose address a register holds (`callx`). Linux's verifier refuses it.
  case register(Register)
}

/// The value of a `loadImmediate`: a constant, or one of the pseudo forms that a loader fills in
/// (`BPF_PSEUDO_…` in the source register; RFC 9669, section 5.4).
public enum Immediate64: Hashable, Sendable {
  /// A plain 64-bit constant.
  case value(UInt64)
  /// A map by file descriptor (`BPF_PSEUDO_MAP_FD`).
  case mapDescriptor(Int32)
  /// The address of byte `offset` of a map's first value, by descriptor (`BPF_PSEUDO_MAP_VALUE`).
  case mapDescriptorValue(Int32, offset: UInt32)
  /// The address of a kernel variable by BTF id (`BPF_PSEUDO_BTF_ID`).
  case kernelVariable(btfID: Int32, module: UInt32)
  /// The address of a function of the program, counted in slots from the one after the first (`BPF_PSEUDO_FUNC`).
  case function(offset: Int32)
  /// A map by its index in `Program.maps` (`BPF_PSEUDO_MAP_IDX`).
  case map(index: Int32)
  /// The address of byte `offset` of a map's first value, by index (`BPF_PSEUDO_MAP_IDX_VALUE`).
  case mapValue(index: Int32, offset: UInt32)
}
