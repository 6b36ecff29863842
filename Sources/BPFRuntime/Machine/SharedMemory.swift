#if XDP_THREAD_SANITIZER
import Synchronization
#endif

// How programs read and write memory that other workers may have, such as map values.
//
// A program's load and store are one instruction of the machine, so an aligned word never tears; what two programs do to
// one word without an atomic instruction is theirs to answer for. With `XDP_THREAD_SANITIZER` they are relaxed atomics, so
// that the sanitizer reports faults of the engine and not those of the program.

extension UnsafeMutableRawPointer {
  /// Reads a number at any alignment.
  @inline(__always) func loadShared<T: FixedWidthInteger & BitwiseCopyable>(as type: T.Type) -> T {
    #if XDP_THREAD_SANITIZER
    if Int(bitPattern: self) & (MemoryLayout<T>.size - 1) == 0 {
      return switch MemoryLayout<T>.size {
      case 1: unsafe T(truncatingIfNeeded: atomic(UInt8.self).pointee.load(ordering: .relaxed))
      case 2: unsafe T(truncatingIfNeeded: atomic(UInt16.self).pointee.load(ordering: .relaxed))
      case 4: unsafe T(truncatingIfNeeded: atomic(UInt32.self).pointee.load(ordering: .relaxed))
      default: unsafe T(truncatingIfNeeded: atomic(UInt64.self).pointee.load(ordering: .relaxed))
      }
    }
    #endif
    return unsafe loadUnaligned(as: type)
  }

  /// Writes a number at any alignment.
  @inline(__always) func storeShared<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    #if XDP_THREAD_SANITIZER
    if Int(bitPattern: self) & (MemoryLayout<T>.size - 1) == 0 {
      switch MemoryLayout<T>.size {
      case 1: unsafe atomic(UInt8.self).pointee.store(UInt8(truncatingIfNeeded: value), ordering: .relaxed)
      case 2: unsafe atomic(UInt16.self).pointee.store(UInt16(truncatingIfNeeded: value), ordering: .relaxed)
      case 4: unsafe atomic(UInt32.self).pointee.store(UInt32(truncatingIfNeeded: value), ordering: .relaxed)
      default: unsafe atomic(UInt64.self).pointee.store(UInt64(truncatingIfNeeded: value), ordering: .relaxed)
      }
      return
    }
    #endif
    unsafe storeBytes(of: value, as: T.self)
  }

  #if XDP_THREAD_SANITIZER
  private func atomic<T: AtomicRepresentable>(_ type: T.Type) -> UnsafeMutablePointer<Atomic<T>> {
    unsafe assumingMemoryBound(to: Atomic<T>.self)
  }
  #endif
}
