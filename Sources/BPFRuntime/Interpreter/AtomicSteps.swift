import BPF
import Synchronization

// Atomic steps, on memory that other workers share. An address that is not a multiple of the width is a trap.

/// The atomic word at a program's pointer, or nil if it may not be written or is misaligned.
@inline(__always) private func word<T>(
  _ type: T.Type, _ pointer: UInt64, _ state: StatePointer
) -> UnsafeMutablePointer<Atomic<T>>? where T: AtomicRepresentable {
  guard let host = unsafe writable(pointer, Int64(MemoryLayout<T>.size), state),
    pointer & UInt64(MemoryLayout<T>.size &- 1) == 0
  else { return nil }
  return unsafe host.assumingMemoryBound(to: Atomic<T>.self)
}

@inline(never) private func refuse(
  _ step: UnsafeRawPointer, _ pointer: UInt64, _ count: Int, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  if unsafe writable(pointer, Int64(count), machine.state) != nil {
    return unsafe stopForAlignment(pointer, count, step, machine)
  }
  return unsafe stopForAccess(pointer, count, .write, step, machine)
}

@inline(never) private func stopForAlignment(
  _ pointer: UInt64, _ count: Int, _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer
) -> UnsafeRawPointer {
  let address = String(pointer & Tag.addressMask, radix: 16)
  return unsafe stop(.notAllowed, "atomic access to \(count) bytes at 0x\(address) is misaligned", step, machine)
}

@inline(__always) private func address(_ base: UInt64, _ offset: Int16) -> UInt64 {
  base &+ UInt64(bitPattern: Int64(offset))
}

/// An operation on 64 bits; `fetch` keeps the old value in the source register, `compares` in `r0`.
@inline(__always) private func wideStep(
  _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer, result: AtomicResult,
  _ operation: (borrowing Atomic<UInt64>, UInt64, UInt64) -> UInt64
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.destination], here.offset)
  guard let word = unsafe word(UInt64.self, pointer, machine.state) else {
    return unsafe refuse(step, pointer, 8, machine)
  }
  let old = unsafe operation(word.pointee, machine[here.source], machine[0])
  switch result {
  case .none: break
  case .source: unsafe machine[here.source] = old
  case .r0: unsafe machine[0] = old
  }
  return unsafe step + 16
}

/// An operation on 32 bits.
@inline(__always) private func narrowStep(
  _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer, result: AtomicResult,
  _ operation: (borrowing Atomic<UInt32>, UInt32, UInt32) -> UInt32
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.destination], here.offset)
  guard let word = unsafe word(UInt32.self, pointer, machine.state) else {
    return unsafe refuse(step, pointer, 4, machine)
  }
  let old = unsafe operation(
    word.pointee, UInt32(truncatingIfNeeded: machine[here.source]), UInt32(truncatingIfNeeded: machine[0]))
  switch result {
  case .none: break
  case .source: unsafe machine[here.source] = UInt64(old)
  case .r0: unsafe machine[0] = UInt64(old)
  }
  return unsafe step + 16
}

/// Where the old value goes.
private enum AtomicResult { case none, source, r0 }

extension Handlers {
  /// `lock *(u64 *)(destination + offset) op= source`.
  static func wideAtomic(_ operation: AtomicOperation) -> Handler {
    switch operation {
    case .add(fetch: true):
      { unsafe go(wideStep($0, $1, result: .source) { word, value, _ in word.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .add(fetch: false):
      { unsafe go(wideStep($0, $1, result: .none) { word, value, _ in word.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .or(fetch: true):
      { unsafe go(wideStep($0, $1, result: .source) { word, value, _ in word.bitwiseOr(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .or(fetch: false):
      { unsafe go(wideStep($0, $1, result: .none) { word, value, _ in word.bitwiseOr(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .and(fetch: true):
      { unsafe go(wideStep($0, $1, result: .source) { word, value, _ in word.bitwiseAnd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .and(fetch: false):
      { unsafe go(wideStep($0, $1, result: .none) { word, value, _ in word.bitwiseAnd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .xor(fetch: true):
      { unsafe go(wideStep($0, $1, result: .source) { word, value, _ in word.bitwiseXor(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .xor(fetch: false):
      { unsafe go(wideStep($0, $1, result: .none) { word, value, _ in word.bitwiseXor(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .exchange:
      { unsafe go(wideStep($0, $1, result: .source) { word, new, _ in word.exchange(new, ordering: .sequentiallyConsistent) }, $1) }
    case .compareExchange:
      {
        unsafe wideStep($0, $1, result: .r0) {
          word, new, expected in
          word.compareExchange(expected: expected, desired: new, ordering: .sequentiallyConsistent).original
        }
      }
    }
  }

  /// `lock *(u32 *)(destination + offset) op= source`.
  static func narrowAtomic(_ operation: AtomicOperation) -> Handler {
    switch operation {
    case .add(fetch: true):
      { unsafe go(narrowStep($0, $1, result: .source) { word, value, _ in word.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .add(fetch: false):
      { unsafe go(narrowStep($0, $1, result: .none) { word, value, _ in word.wrappingAdd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .or(fetch: true):
      { unsafe go(narrowStep($0, $1, result: .source) { word, value, _ in word.bitwiseOr(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .or(fetch: false):
      { unsafe go(narrowStep($0, $1, result: .none) { word, value, _ in word.bitwiseOr(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .and(fetch: true):
      { unsafe go(narrowStep($0, $1, result: .source) { word, value, _ in word.bitwiseAnd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .and(fetch: false):
      { unsafe go(narrowStep($0, $1, result: .none) { word, value, _ in word.bitwiseAnd(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .xor(fetch: true):
      { unsafe go(narrowStep($0, $1, result: .source) { word, value, _ in word.bitwiseXor(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .xor(fetch: false):
      { unsafe go(narrowStep($0, $1, result: .none) { word, value, _ in word.bitwiseXor(value, ordering: .sequentiallyConsistent).oldValue }, $1) }
    case .exchange:
      { unsafe go(narrowStep($0, $1, result: .source) { word, new, _ in word.exchange(new, ordering: .sequentiallyConsistent) }, $1) }
    case .compareExchange:
      {
        unsafe narrowStep($0, $1, result: .r0) {
          word, new, expected in
          word.compareExchange(expected: expected, desired: new, ordering: .sequentiallyConsistent).original
        }
      }
    }
  }

  /// `destination = load_acquire((size *)(source + offset))`.
  static func loadAcquire(_ size: Size) -> Handler {
    switch size {
    case .byte: { unsafe go(loadAcquireStep($0, $1) { (word: borrowing Atomic<UInt8>) in word.load(ordering: .acquiring) }, $1) }
    case .half: { unsafe go(loadAcquireStep($0, $1) { (word: borrowing Atomic<UInt16>) in word.load(ordering: .acquiring) }, $1) }
    case .word: { unsafe go(loadAcquireStep($0, $1) { (word: borrowing Atomic<UInt32>) in word.load(ordering: .acquiring) }, $1) }
    case .doubleWord: { unsafe go(loadAcquireStep($0, $1) { (word: borrowing Atomic<UInt64>) in word.load(ordering: .acquiring) }, $1) }
    }
  }

  /// `store_release((size *)(destination + offset), source)`.
  static func storeRelease(_ size: Size) -> Handler {
    switch size {
    case .byte: { unsafe go(storeReleaseStep($0, $1) { (word: borrowing Atomic<UInt8>, value) in word.store(value, ordering: .releasing) }, $1) }
    case .half: { unsafe go(storeReleaseStep($0, $1) { (word: borrowing Atomic<UInt16>, value) in word.store(value, ordering: .releasing) }, $1) }
    case .word: { unsafe go(storeReleaseStep($0, $1) { (word: borrowing Atomic<UInt32>, value) in word.store(value, ordering: .releasing) }, $1) }
    case .doubleWord: { unsafe go(storeReleaseStep($0, $1) { (word: borrowing Atomic<UInt64>, value) in word.store(value, ordering: .releasing) }, $1) }
    }
  }
}

@inline(__always) private func loadAcquireStep<T: FixedWidthInteger & AtomicRepresentable>(
  _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer, _ load: (borrowing Atomic<T>) -> T
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.source], here.offset)
  let count = MemoryLayout<T>.size
  guard let host = unsafe readable(pointer, Int64(count), machine.state) else {
    return unsafe stopForAccess(pointer, count, .read, step, machine)
  }
  guard pointer & UInt64(count &- 1) == 0 else { return unsafe stopForAlignment(pointer, count, step, machine) }
  unsafe machine[here.destination] = UInt64(truncatingIfNeeded: load(host.assumingMemoryBound(to: Atomic<T>.self).pointee))
  return unsafe step + 16
}

@inline(__always) private func storeReleaseStep<T: FixedWidthInteger & AtomicRepresentable>(
  _ step: UnsafeRawPointer, _ machine: UnsafeMutableRawPointer, _ store: (borrowing Atomic<T>, T) -> Void
) -> UnsafeRawPointer {
  let here = unsafe step.step, pointer = unsafe address(machine[here.destination], here.offset)
  guard let word = unsafe word(T.self, pointer, machine.state) else {
    return unsafe refuse(step, pointer, MemoryLayout<T>.size, machine)
  }
  unsafe store(word.pointee, T(truncatingIfNeeded: machine[here.source]))
  return unsafe step + 16
}
