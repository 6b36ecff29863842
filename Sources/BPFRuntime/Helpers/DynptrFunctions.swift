import BPF

/// The kernel functions over dynptrs: `bpf_dynptr_from_xdp`, `_slice`, `_slice_rdwr`, `_adjust`, `_is_null`, `_is_rdonly`,
/// `_size`, `_clone`, `_copy`, `_memset`.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, pointers are good for
/// what the prototype says, and a dynptr's argument is the address of 16 bytes of the stack.
enum DynptrFunctions {
  static let all: [Helper] = [
    fromPacket, slice, sliceWritable, adjust, isNull, isReadOnly, size, clone, copy, set,
  ]

  static let fromPacket = unsafe Helper(
    .function("bpf_dynptr_from_xdp", [.context, .scalar, .stackObject(16)], .integer)
  ) { state, _, flags, place, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard let access = unsafe machine.pointee.state.packet else {
      unsafe machine.pointee.state.refusal = "there is no packet at hand"
      return 0
    }
    var entry = StackObjects.Entry(kind: flags == 0 ? .packet : .null)
    if flags == 0 { entry.end = unsafe Int64(access.length(state)) }
    return unsafe machine.makeDynptr(entry, at: place) && flags != 0 ? LinuxErrno.invalid.negated : 0
  }

  static let slice = unsafe Helper(
    .function(
      "bpf_dynptr_slice",
      [.stackObject(16), .scalar, .optionalBuffer, .sizeOrZero],
      .memoryOrNull
    )
  ) { state, place, offset, buffer, size, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) {
      $0.slice(offset, buffer, size, isWritable: false)
    }
  }

  static let sliceWritable = unsafe Helper(
    .function(
      "bpf_dynptr_slice_rdwr",
      [.stackObject(16), .scalar, .optionalBuffer, .sizeOrZero],
      .memoryOrNull
    )
  ) { state, place, offset, buffer, size, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) {
      $0.isReadOnly ? 0 : $0.slice(offset, buffer, size, isWritable: true)
    }
  }

  static let adjust = unsafe Helper(
    .function("bpf_dynptr_adjust", [.stackObject(16), .scalar, .scalar], .integer)
  ) { state, place, start, end, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) {
      $0.adjust(start: start, end: end)
    }
  }

  static let isNull = unsafe Helper(
    .function("bpf_dynptr_is_null", [.stackObject(16)], .integer)
  ) { state, place, _, _, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) { $0.isNull ? 1 : 0 }
  }

  static let isReadOnly = unsafe Helper(
    .function("bpf_dynptr_is_rdonly", [.stackObject(16)], .integer)
  ) { state, place, _, _, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) {
      !$0.isNull && $0.isReadOnly ? 1 : 0
    }
  }

  static let size = unsafe Helper(
    .function("bpf_dynptr_size", [.stackObject(16)], .integer)
  ) { state, place, _, _, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) {
      $0.isNull ? LinuxErrno.invalid.negated & 0xffff_ffff : UInt64($0.byteCount)
    }
  }

  static let clone = unsafe Helper(
    .function("bpf_dynptr_clone", [.stackObject(16), .stackObject(16)], .integer)
  ) { state, place, target, _, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    return unsafe machine.withDynptr(place) { dynptr in
      let entry = dynptr.objects[dynptr.index]
      guard place != target, unsafe machine.make(entry, at: target, byteCount: 16) != nil else { return 0 }
      return dynptr.isNull ? LinuxErrno.invalid.negated : 0
    }
  }

  static let copy = unsafe Helper(
    .function(
      "bpf_dynptr_copy",
      [.stackObject(16), .scalar, .stackObject(16), .scalar, .scalar],
      .integer
    )
  ) { state, target, targetOffset, source, sourceOffset, size in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    return unsafe machine.withDynptr(target) { target in
      unsafe machine.withDynptr(source) { source in
        target.copy(from: source, sourceOffset, to: targetOffset, size)
      }
    }
  }

  static let set = unsafe Helper(
    .function("bpf_dynptr_memset", [.stackObject(16), .scalar, .scalar, .scalar], .integer)
  ) { state, place, offset, size, value, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) {
      $0.set(offset, size, to: UInt8(truncatingIfNeeded: value))
    }
  }
}

extension Dynptr {
  /// The bytes themselves where they lie in one piece, else the buffer with a copy of them; 0 where neither can be.
  fileprivate func slice(_ offset: UInt64, _ buffer: UInt64, _ size: UInt64, isWritable: Bool) -> UInt64 {
    if isNull { return 0 }
    let bytes = lend(offset, size, isWritable: isWritable)
    if bytes != 0 || !isPacket || buffer == 0 { return bytes }
    return unsafe read(offset, size, into: UnsafeMutableRawPointer(mutating: pointer(buffer))) == 0
      ? buffer : 0
  }

  /// Copies bytes from one dynptr to another, which may be the same.
  fileprivate func copy(
    from source: Dynptr,
    _ sourceOffset: UInt64,
    to offset: UInt64,
    _ size: UInt64
  ) -> UInt64 {
    if isNull || source.isNull { return LinuxErrno.invalid.negated }
    if isReadOnly { return LinuxErrno.invalid.negated }
    guard contains(offset, size), source.contains(sourceOffset, size) else {
      return LinuxErrno.tooBig.negated
    }
    var bytes = [UInt8](repeating: 0, count: Int(UInt32(truncatingIfNeeded: size)))
    if bytes.isEmpty { return 0 }
    let read = unsafe bytes.withUnsafeMutableBytes {
      unsafe source.read(sourceOffset, size, into: $0.baseAddress.unsafelyUnwrapped)
    }
    if read != 0 { return read }
    return unsafe bytes.withUnsafeBytes {
      unsafe write(offset, size, from: $0.baseAddress.unsafelyUnwrapped)
    }
  }

  /// Fills bytes.
  fileprivate func set(_ offset: UInt64, _ size: UInt64, to value: UInt8) -> UInt64 {
    if isReadOnly { return LinuxErrno.invalid.negated }
    guard contains(offset, size) else { return LinuxErrno.tooBig.negated }
    let bytes = [UInt8](repeating: value, count: Int(UInt32(truncatingIfNeeded: size)))
    if bytes.isEmpty { return 0 }
    return unsafe bytes.withUnsafeBytes {
      unsafe write(offset, size, from: $0.baseAddress.unsafelyUnwrapped)
    }
  }
}
