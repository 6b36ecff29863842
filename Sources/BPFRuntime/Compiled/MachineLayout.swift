package import BPF

/// Where machine code finds what it needs of a machine's state: distances from the state's address, in bytes.
package enum MachineLayout {
  private static func offset(_ path: PartialKeyPath<MachineState>) -> Int32 {
    guard let offset = unsafe MemoryLayout<MachineState>.offset(of: path) else {
      preconditionFailure("a field of the machine's state has no place")
    }
    return Int32(offset)
  }

  /// The values of the context's fields, 8 bytes each.
  package static let context: Int32 = {
    guard let offset = MemoryLayout<RunState>.offset(of: \.context) else { preconditionFailure("no context") }
    return Int32(offset)
  }()
  /// Whether a helper has refused to go on: a byte.
  package static let isRefused: Int32 = {
    guard let offset = MemoryLayout<RunState>.offset(of: \.isRefused) else {
      preconditionFailure("no refusal")
    }
    return Int32(offset)
  }()
  /// The CPU that the worker is: 8 bytes.
  package static let cpu: Int32 = {
    guard let offset = MemoryLayout<RunState>.offset(of: \.cpu) else { preconditionFailure("no CPU") }
    return Int32(offset)
  }()
  /// The frames of the program's stack, the first one first.
  package static let stack = unsafe offset(\.stack)
  /// Bytes in each of them.
  package static let frameByteCount = StackFrame.byteCount
  /// The host's stack when the host was left, where a refused run returns to.
  package static let stackPointer = unsafe offset(\.hostStack)
  /// The frame of the function that called a helper which calls back.
  package static let framePointer = unsafe offset(\.callerFrame)
  /// How many tail calls the run has taken: 8 bytes.
  package static let tailCalls = unsafe offset(\.tailCalls)
  /// The `CompiledHost` of the program that runs: its address.
  package static let host = unsafe offset(\.compiledHost)
  /// Whether the packets' memory is to be asked for: a byte.
  package static let asksAhead = unsafe offset(\.asksAhead)
  /// How many packets of a batch are done.
  package static let batchIndex = unsafe offset(\.batchIndex)
  /// The slot of the call that was refused: 4 bytes.
  package static let refusalSlot = unsafe offset(\.refusalSlot)
  /// Bytes of a `CompiledAllowance`.
  package static let allowanceByteCount = MemoryLayout<CompiledAllowance>.stride

  /// A register of the program, where helpers look for it.
  package static func register(_ register: Register) -> Int32 {
    unsafe offset(\.registers) + 8 * Int32(register.rawValue)
  }

  /// The address of what helpers need to know of machine code.
  package static func address(of host: CompiledHost) -> UInt64 {
    unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(host).toOpaque()))
  }

  /// The address of a helper.
  @unsafe package static func address(of thunk: HelperThunk) -> UInt64 {
    unsafe UInt64(unsafeBitCast(thunk, to: UInt.self))
  }
}
