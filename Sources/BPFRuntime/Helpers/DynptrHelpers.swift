import BPF
import BPFMaps

/// Dynptrs over map values and ring-buffer records: `bpf_dynptr_from_mem`, `_read`, `_write`, `_data`, and the ring
/// buffer's `_reserve_dynptr`, `_submit_dynptr`, `_discard_dynptr`.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, pointers are good for
/// what the prototype says, and a dynptr's argument is the address of 16 bytes of the stack.
enum DynptrHelpers {
  static let all: [Helper] = [fromMemory, read, write, data, reserve, submit, discard]

  static let fromMemory = unsafe Helper(
    HelperPrototype(
      197,
      "bpf_dynptr_from_mem",
      [.mapValueMemory, .sizeOrZero, .scalar, .stackObject(16)],
      .integer
    )
  ) { state, data, size, flags, place, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    let size = UInt32(truncatingIfNeeded: size)
    let refusal: LinuxErrno? = size > Dynptr.limit ? .tooBig : flags != 0 ? .invalid : nil
    var entry = StackObjects.Entry(kind: refusal == nil ? .memory : .null)
    if refusal == nil {
      entry.base = data
      entry.end = Int64(size)
    }
    return unsafe machine.makeDynptr(entry, at: place) ? refusal?.negated ?? 0 : 0
  }

  static let read = unsafe Helper(
    HelperPrototype(
      201,
      "bpf_dynptr_read",
      [.writableMemory, .sizeOrZero, .stackObject(16), .scalar, .scalar],
      .integer
    )
  ) { state, target, count, place, offset, flags in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) { dynptr in
      guard !dynptr.isNull, flags == 0 else { return LinuxErrno.invalid.negated }
      return unsafe dynptr.read(offset, count, into: UnsafeMutableRawPointer(mutating: pointer(target)))
    }
  }

  static let write = unsafe Helper(
    HelperPrototype(
      202,
      "bpf_dynptr_write",
      [.stackObject(16), .scalar, .readableMemory, .sizeOrZero, .scalar],
      .integer
    )
  ) { state, place, offset, source, count, flags in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) { dynptr in
      guard !dynptr.isNull, !dynptr.isReadOnly else { return LinuxErrno.invalid.negated }
      guard dynptr.contains(offset, count) else { return LinuxErrno.tooBig.negated }
      guard flags == 0 else { return LinuxErrno.invalid.negated }
      return unsafe dynptr.write(offset, count, from: pointer(source))
    }
  }

  static let data = unsafe Helper(
    HelperPrototype(203, "bpf_dynptr_data", [.stackObject(16), .scalar, .scalar], .memoryOrNull)
  ) { state, place, offset, count, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).withDynptr(place) { dynptr in
      guard !dynptr.isNull, !dynptr.isPacket, !dynptr.isReadOnly else { return 0 }
      return dynptr.lend(offset, count, isWritable: true)
    }
  }

  static let reserve = unsafe Helper(
    HelperPrototype(
      198,
      "bpf_ringbuf_reserve_dynptr",
      [.map, .scalar, .scalar, .stackObject(16)],
      .integer
    )
  ) { state, map, size, flags, place, _ in
    guard let ring = unsafe ringArgument(map, state) else { return 0 }
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    let size = UInt32(truncatingIfNeeded: size)
    var refusal: LinuxErrno? = flags != 0 ? .invalid : size > Dynptr.limit ? .tooBig : nil
    var entry = StackObjects.Entry(kind: .null)
    if refusal == nil {
      if let record = unsafe ring.reserve(UInt64(size), flags: 0) {
        entry.kind = .record
        entry.base = UInt64(UInt(bitPattern: record))
        entry.end = Int64(size)
      } else {
        refusal = .invalid
      }
    }
    if unsafe machine.makeDynptr(entry, at: place) { return refusal?.negated ?? 0 }
    if entry.kind == .record {
      unsafe RingBufferMap.discard(UnsafeMutableRawPointer(mutating: pointer(entry.base)), flags: 0)
    }
    return 0
  }

  static let submit = unsafe Helper(
    HelperPrototype(199, "bpf_ringbuf_submit_dynptr", [.stackObject(16), .scalar], .void)
  ) { state, place, flags, _, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).giveBack(place) {
      unsafe RingBufferMap.submit($0, flags: flags)
    }
  }

  static let discard = unsafe Helper(
    HelperPrototype(200, "bpf_ringbuf_discard_dynptr", [.stackObject(16), .scalar], .void)
  ) { state, place, flags, _, _, _ in
    unsafe state.assumingMemoryBound(to: MachineState.self).giveBack(place) {
      unsafe RingBufferMap.discard($0, flags: flags)
    }
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// Makes a dynptr, with an owner of its own for what it lends; false, and a refusal, where it cannot.
  func makeDynptr(_ entry: StackObjects.Entry, at place: UInt64) -> Bool {
    var entry = entry
    entry.owner =
      unsafe entry.kind == .packet
      ? MemoryLoan.packet : pointee.objects.takeUnretainedValue().makeOwner()
    return unsafe make(entry, at: place, byteCount: 16) != nil
  }

  /// Calls a body with the dynptr at a place of the stack; 0, and a refusal, where none is.
  @inline(__always) func withDynptr(_ place: UInt64, _ body: (Dynptr) -> UInt64) -> UInt64 {
    let objects = unsafe pointee.objects.takeUnretainedValue()
    guard let index = objects.find(place), objects[index].kind.isDynptr else {
      unsafe pointee.state.refusal = "there is no dynptr at this place of the stack"
      return 0
    }
    return unsafe body(Dynptr(objects: objects, index: index, machine: self))
  }

  /// Gives a record back, with all dynptrs of it and all that they lent; a dynptr that holds nothing is only forgotten.
  fileprivate func giveBack(_ place: UInt64, _ commit: (UnsafeMutableRawPointer) -> Void) -> UInt64 {
    unsafe withDynptr(place) { dynptr in
      let entry = dynptr.objects[dynptr.index]
      switch entry.kind {
      case .record:
        unsafe commit(UnsafeMutableRawPointer(mutating: BPFRuntime.pointer(entry.base)))
        dynptr.objects.destroyAll(of: entry.owner)
        unsafe pointee.releasedOwner = entry.owner
      case .null: dynptr.objects.destroy(dynptr.index)
      default: unsafe pointee.state.refusal = "the dynptr is not one of a ring buffer"
      }
      return 0
    }
  }
}
