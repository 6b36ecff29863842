import BPF
import Synchronization

// Atomic steps, on memory that other workers share. An address that is not a multiple of the width is a trap.

/// The atomic word at a program's pointer, or nil if it may not be written or is misaligned.
@inline(__always) private func word<T>(
  _ type: T.Type,
  _ pointer: UInt64,
  _ state: StatePointer
) -> UnsafeMutablePointer<Atomic<T>>? where T: AtomicRepresentable {
  guard unsafe readable(pointer, Int64(MemoryLayout<T>.size), state) != nil,
    let host = unsafe writable(pointer, Int64(MemoryLayout<T>.size), state),
    pointer & UInt64(MemoryLayout<T>.size &- 1) == 0
  else { return nil }
  return unsafe host.assumingMemoryBound(to: Atomic<T>.self)
}

@inline(never) private func refuse(
  _ step: UnsafeRawPointer,
  _ pointer: UInt64,
  _ count: Int,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  if unsafe writable(pointer, Int64(count), machine.state) != nil {
    return unsafe stopForAlignment(pointer, count, step, machine)
  }
  return unsafe stopForAccess(pointer, count, .write, step, machine)
}

@inline(never) private func stopForAlignment(
  _ pointer: UInt64,
  _ count: Int,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let region = unsafe machine.state.pointee.regions[Int(pointer &>> Tag.shift)]
  return unsafe stop(
    .notAllowed,
    "atomic access to \(count) bytes at offset \(Int64(bitPattern: pointer &- region.start)) of \(region.kind.name) "
      + "is misaligned",
    step,
    machine
  )
}

@inline(__always) private func address(_ base: UInt64, _ offset: Int16) -> UInt64 {
  base &+ UInt64(bitPattern: Int64(offset))
}

/// An operation on 64 bits; what is fetched goes to the source register, the old value of a comparison to `r0`.
@inline(__always) private func wideStep(
  _ operation: AtomicOperation,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.destination], here.offset)
  guard let word = unsafe word(UInt64.self, pointer, machine.state) else {
    return unsafe refuse(step, pointer, 8, machine)
  }
  let value = unsafe machine[here.source]
  switch operation {
  case .add(let fetch):
    let old = unsafe word.pointee.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = old }
  case .or(let fetch):
    let old = unsafe word.pointee.bitwiseOr(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = old }
  case .and(let fetch):
    let old = unsafe word.pointee.bitwiseAnd(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = old }
  case .xor(let fetch):
    let old = unsafe word.pointee.bitwiseXor(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = old }
  case .exchange:
    let old = unsafe word.pointee.exchange(value, ordering: .sequentiallyConsistent)
    unsafe machine[here.source] = old
  case .compareExchange:
    let expected = unsafe machine[0]
    let old = unsafe word.pointee.compareExchange(
      expected: expected,
      desired: value,
      ordering: .sequentiallyConsistent
    ).original
    unsafe machine[0] = old
  }
  return unsafe step + 16
}

/// An operation on 32 bits; what is fetched goes to the source register, the old value of a comparison to `r0`.
@inline(__always) private func narrowStep(
  _ operation: AtomicOperation,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.destination], here.offset)
  guard let word = unsafe word(UInt32.self, pointer, machine.state) else {
    return unsafe refuse(step, pointer, 4, machine)
  }
  let value = unsafe UInt32(truncatingIfNeeded: machine[here.source])
  switch operation {
  case .add(let fetch):
    let old = unsafe word.pointee.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = UInt64(old) }
  case .or(let fetch):
    let old = unsafe word.pointee.bitwiseOr(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = UInt64(old) }
  case .and(let fetch):
    let old = unsafe word.pointee.bitwiseAnd(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = UInt64(old) }
  case .xor(let fetch):
    let old = unsafe word.pointee.bitwiseXor(value, ordering: .sequentiallyConsistent).oldValue
    if fetch { unsafe machine[here.source] = UInt64(old) }
  case .exchange:
    let old = unsafe word.pointee.exchange(value, ordering: .sequentiallyConsistent)
    unsafe machine[here.source] = UInt64(old)
  case .compareExchange:
    let expected = unsafe UInt32(truncatingIfNeeded: machine[0])
    let old = unsafe word.pointee.compareExchange(
      expected: expected,
      desired: value,
      ordering: .sequentiallyConsistent
    ).original
    unsafe machine[0] = UInt64(old)
  }
  return unsafe step + 16
}

extension Handlers {
  /// `lock *(u64 *)(destination + offset) op= source`.
  static func wideAtomic(_ operation: AtomicOperation) -> Handler {
    switch operation {
    case .add(fetch: false): { unsafe go(wideStep(.add(fetch: false), $0, $1), $1) }
    case .add(fetch: true): { unsafe go(wideStep(.add(fetch: true), $0, $1), $1) }
    case .or(fetch: false): { unsafe go(wideStep(.or(fetch: false), $0, $1), $1) }
    case .or(fetch: true): { unsafe go(wideStep(.or(fetch: true), $0, $1), $1) }
    case .and(fetch: false): { unsafe go(wideStep(.and(fetch: false), $0, $1), $1) }
    case .and(fetch: true): { unsafe go(wideStep(.and(fetch: true), $0, $1), $1) }
    case .xor(fetch: false): { unsafe go(wideStep(.xor(fetch: false), $0, $1), $1) }
    case .xor(fetch: true): { unsafe go(wideStep(.xor(fetch: true), $0, $1), $1) }
    case .exchange: { unsafe go(wideStep(.exchange, $0, $1), $1) }
    case .compareExchange: { unsafe go(wideStep(.compareExchange, $0, $1), $1) }
    }
  }

  /// `lock *(u32 *)(destination + offset) op= source`.
  static func narrowAtomic(_ operation: AtomicOperation) -> Handler {
    switch operation {
    case .add(fetch: false): { unsafe go(narrowStep(.add(fetch: false), $0, $1), $1) }
    case .add(fetch: true): { unsafe go(narrowStep(.add(fetch: true), $0, $1), $1) }
    case .or(fetch: false): { unsafe go(narrowStep(.or(fetch: false), $0, $1), $1) }
    case .or(fetch: true): { unsafe go(narrowStep(.or(fetch: true), $0, $1), $1) }
    case .and(fetch: false): { unsafe go(narrowStep(.and(fetch: false), $0, $1), $1) }
    case .and(fetch: true): { unsafe go(narrowStep(.and(fetch: true), $0, $1), $1) }
    case .xor(fetch: false): { unsafe go(narrowStep(.xor(fetch: false), $0, $1), $1) }
    case .xor(fetch: true): { unsafe go(narrowStep(.xor(fetch: true), $0, $1), $1) }
    case .exchange: { unsafe go(narrowStep(.exchange, $0, $1), $1) }
    case .compareExchange: { unsafe go(narrowStep(.compareExchange, $0, $1), $1) }
    }
  }

  /// `destination = load_acquire((size *)(source + offset))`.
  static func loadAcquire(_ size: Size) -> Handler {
    switch size {
    case .byte: { unsafe go(loadAcquireStep(UInt8.self, $0, $1) { $0.load(ordering: .acquiring) }, $1) }
    case .half: { unsafe go(loadAcquireStep(UInt16.self, $0, $1) { $0.load(ordering: .acquiring) }, $1) }
    case .word: { unsafe go(loadAcquireStep(UInt32.self, $0, $1) { $0.load(ordering: .acquiring) }, $1) }
    case .doubleWord:
      { unsafe go(loadAcquireStep(UInt64.self, $0, $1) { $0.load(ordering: .acquiring) }, $1) }
    }
  }

  /// `store_release((size *)(destination + offset), source)`.
  static func storeRelease(_ size: Size) -> Handler {
    switch size {
    case .byte: { unsafe go(storeReleaseStep(UInt8.self, $0, $1) { $0.store($1, ordering: .releasing) }, $1) }
    case .half:
      { unsafe go(storeReleaseStep(UInt16.self, $0, $1) { $0.store($1, ordering: .releasing) }, $1) }
    case .word:
      { unsafe go(storeReleaseStep(UInt32.self, $0, $1) { $0.store($1, ordering: .releasing) }, $1) }
    case .doubleWord:
      { unsafe go(storeReleaseStep(UInt64.self, $0, $1) { $0.store($1, ordering: .releasing) }, $1) }
    }
  }
}

@inline(__always) private func loadAcquireStep<T: FixedWidthInteger & AtomicRepresentable>(
  _ type: T.Type,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer,
  _ load: (borrowing Atomic<T>) -> T
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.source], here.offset)
  let count = MemoryLayout<T>.size
  guard let host = unsafe readable(pointer, Int64(count), machine.state) else {
    return unsafe stopForAccess(pointer, count, .read, step, machine)
  }
  guard pointer & UInt64(count &- 1) == 0 else {
    return unsafe stopForAlignment(pointer, count, step, machine)
  }
  unsafe machine[here.destination] = UInt64(
    truncatingIfNeeded: load(host.assumingMemoryBound(to: Atomic<T>.self).pointee)
  )
  return unsafe step + 16
}

@inline(__always) private func storeReleaseStep<T: FixedWidthInteger & AtomicRepresentable>(
  _ type: T.Type,
  _ step: UnsafeRawPointer,
  _ machine: UnsafeMutableRawPointer,
  _ store: (borrowing Atomic<T>, T) -> Void
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.destination], here.offset)
  guard let word = unsafe word(T.self, pointer, machine.state) else {
    return unsafe refuse(step, pointer, MemoryLayout<T>.size, machine)
  }
  unsafe store(word.pointee, T(truncatingIfNeeded: machine[here.source]))
  return unsafe step + 16
}
