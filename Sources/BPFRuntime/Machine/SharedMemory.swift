import Synchronization

// How programs read and write memory that other workers may have, such as map values.
//
// A program's load and store are one instruction of the machine, so an aligned word never tears; what two programs do to
// one word without an atomic instruction is theirs to answer for. With `XDP_THREAD_SANITIZER` they are relaxed atomics, so
// that the sanitizer reports faults of the engine and not those of the program.

extension UnsafeMutableRawPointer {
  /// Reads a number at any alignment.
  @inline(__always) func loadShared<T: FixedWidthInteger & BitwiseCopyable & AtomicRepresentable>(
    as type: T.Type
  ) -> T {
    #if XDP_THREAD_SANITIZER
    if Int(bitPattern: self) & (MemoryLayout<T>.size - 1) == 0 {
      return unsafe assumingMemoryBound(to: Atomic<T>.self).pointee.load(ordering: .relaxed)
    }
    #endif
    return unsafe loadUnaligned(as: type)
  }

  /// Writes a number at any alignment.
  @inline(__always) func storeShared<T: FixedWidthInteger & BitwiseCopyable & AtomicRepresentable>(_ value: T)
  {
    #if XDP_THREAD_SANITIZER
    if Int(bitPattern: self) & (MemoryLayout<T>.size - 1) == 0 {
      return unsafe assumingMemoryBound(to: Atomic<T>.self).pointee.store(value, ordering: .relaxed)
    }
    #endif
    unsafe storeBytes(of: value, as: T.self)
  }
}
