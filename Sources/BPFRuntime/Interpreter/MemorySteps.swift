import BPF

// Steps that load and store. Every access is checked against the one object that its pointer was made from.

/// The host address of `count` bytes that may be read at a program's pointer, or nil.
@inline(__always) func readable(
  _ pointer: UInt64,
  _ count: Int64,
  _ state: StatePointer
) -> UnsafeMutableRawPointer? {
  let region = unsafe state.pointee.regions + Int(truncatingIfNeeded: pointer &>> Tag.shift)
  return unsafe host(pointer, count, from: region.pointee.start, region.pointee.readable)
}

/// The host address of `count` bytes that may be written at a program's pointer, or nil.
@inline(__always) func writable(
  _ pointer: UInt64,
  _ count: Int64,
  _ state: StatePointer
) -> UnsafeMutableRawPointer? {
  let region = unsafe state.pointee.regions + Int(truncatingIfNeeded: pointer &>> Tag.shift)
  return unsafe host(pointer, count, from: region.pointee.start, region.pointee.writable)
}

/// The host address of `count` bytes at a pointer if they lie within `limit` bytes from `start`, or nil.
@inline(__always) private func host(
  _ pointer: UInt64,
  _ count: Int64,
  from start: UInt64,
  _ limit: Int64
) -> UnsafeMutableRawPointer? {
  let delta = Int64(bitPattern: pointer &- start)
  let last = limit &- count
  // One test for both ends: a term is negative if the access starts before the object, is larger, or ends after it.
  if last | delta | (last &- delta) < 0 { return nil }
  return unsafe UnsafeMutableRawPointer(bitPattern: UInt(pointer & Tag.addressMask))
}

@inline(__always) private func address(_ base: UInt64, _ offset: Int16) -> UInt64 {
  base &+ UInt64(bitPattern: Int64(offset))
}

@inline(__always) private func load<T: FixedWidthInteger & BitwiseCopyable>(
  _ type: T.Type,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  let pointer = unsafe address(machine[here.source], here.offset)
  guard let host = unsafe readable(pointer, Int64(MemoryLayout<T>.size), machine.state) else {
    return unsafe loadElsewhere(step, MemoryLayout<T>.size, machine)
  }
  unsafe machine[here.destination] = UInt64(truncatingIfNeeded: host.loadShared(as: T.self))
  return unsafe step + 16
}

@inline(__always) private func store<T: FixedWidthInteger & BitwiseCopyable>(
  _ type: T.Type,
  fromRegister: Bool,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  let pointer = unsafe address(machine[here.destination], here.offset)
  guard let host = unsafe writable(pointer, Int64(MemoryLayout<T>.size), machine.state) else {
    return unsafe stopForAccess(pointer, MemoryLayout<T>.size, .write, step, machine)
  }
  let value = unsafe fromRegister ? machine[here.source] : UInt64(bitPattern: Int64(here.immediate))
  unsafe host.storeShared(T(truncatingIfNeeded: value))
  return unsafe step + 16
}

extension Handlers {
  /// `destination = *(unsigned size *)(source + offset)`.
  static func load(_ size: Size) -> Handler {
    switch size {
    case .byte: { unsafe go(BPFRuntime.load(UInt8.self, $0, $1), $1) }
    case .half: { unsafe go(BPFRuntime.load(UInt16.self, $0, $1), $1) }
    case .word: { unsafe go(BPFRuntime.load(UInt32.self, $0, $1), $1) }
    case .doubleWord: { unsafe go(BPFRuntime.load(UInt64.self, $0, $1), $1) }
    }
  }

  /// `destination = *(signed size *)(source + offset)`.
  static func loadSignExtending(_ size: Size) -> Handler {
    switch size {
    case .byte: { unsafe go(BPFRuntime.load(Int8.self, $0, $1), $1) }
    case .half: { unsafe go(BPFRuntime.load(Int16.self, $0, $1), $1) }
    case .word: { unsafe go(BPFRuntime.load(Int32.self, $0, $1), $1) }
    case .doubleWord: { unsafe go(BPFRuntime.load(Int64.self, $0, $1), $1) }
    }
  }

  /// `*(size *)(destination + offset) = operand`.
  static func store(_ size: Size, fromRegister: Bool) -> Handler {
    switch (size, fromRegister) {
    case (.byte, true): { unsafe go(BPFRuntime.store(UInt8.self, fromRegister: true, $0, $1), $1) }
    case (.half, true): { unsafe go(BPFRuntime.store(UInt16.self, fromRegister: true, $0, $1), $1) }
    case (.word, true): { unsafe go(BPFRuntime.store(UInt32.self, fromRegister: true, $0, $1), $1) }
    case (.doubleWord, true): { unsafe go(BPFRuntime.store(UInt64.self, fromRegister: true, $0, $1), $1) }
    case (.byte, false): { unsafe go(BPFRuntime.store(UInt8.self, fromRegister: false, $0, $1), $1) }
    case (.half, false): { unsafe go(BPFRuntime.store(UInt16.self, fromRegister: false, $0, $1), $1) }
    case (.word, false): { unsafe go(BPFRuntime.store(UInt32.self, fromRegister: false, $0, $1), $1) }
    case (.doubleWord, false): { unsafe go(BPFRuntime.store(UInt64.self, fromRegister: false, $0, $1), $1) }
    }
  }

  /// A word load that is probably of the context field in the immediate: checked, and else an ordinary load.
  static let loadContext: Handler = { step, machine in unsafe go(loadContextStep(step, machine), machine) }

  /// The first half of a 64-bit immediate; the upper 32 bits are in the next step.
  static let loadImmediate: Handler = { step, machine in
    let low = unsafe step.step, high = unsafe (step + 16).step
    unsafe machine[low.destination] =
      UInt64(UInt32(bitPattern: low.immediate)) | UInt64(UInt32(bitPattern: high.immediate)) &<< 32
    return unsafe go(step + 32, machine)
  }
}

@inline(__always) private func loadContextStep(
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step
  guard unsafe machine[here.source] == machine.state.pointee.contextPointer else {
    return unsafe load(UInt32.self, step, machine)
  }
  unsafe machine[here.destination] = machine.state.pointee.contextValues[unchecked: Int(here.immediate)]
  return unsafe step + 16
}

/// A load that is not from plain memory: a context field read through a pointer that was not guessed, or a trap.
@inline(never) private func loadElsewhere(
  _ step: UnsafeRawPointer,
  _ count: Int,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step, state = unsafe machine.state
  let pointer = unsafe address(machine[here.source], here.offset)
  guard pointer &>> Tag.shift == Tag.context else {
    return unsafe stopForAccess(pointer, count, .read, step, machine)
  }
  let offset = unsafe Int(Int64(bitPattern: pointer &- state.pointee.contextPointer)),
    code = unsafe state.pointee.code
  for index in unsafe 0..<code.pointee.fieldCount {
    let field = unsafe code.pointee.fields[index]
    if field.offset == offset, field.byteCount == count {
      unsafe machine[here.destination] = state.pointee.contextValues[index]
      return unsafe step + 16
    }
  }
  return unsafe stopForAccess(pointer, count, .read, step, machine)
}
