import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Machine code in memory that the processor runs.
///
/// No address is ever writable and executable: the pages are filled, and then made executable and read-only. Its
/// invariant: `base` is mapped, `byteCount` bytes long, from `init` to `deinit`.
final class ExecutableMemory: @unchecked Sendable {
  /// The first byte.
  let base: UInt64
  private let byteCount: Int

  /// Copies code into memory of its own.
  init(_ code: [UInt8]) throws(CompilationError) {
    let page = Int(getpagesize())
    let byteCount = (code.count + page - 1) / page * page
    var flags = MAP_PRIVATE | MAP_ANONYMOUS
    #if canImport(Darwin)
    flags |= MAP_JIT
    #endif
    let memory = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard unsafe memory != MAP_FAILED, let memory = unsafe memory else {
      throw CompilationError(slot: nil, reason: "there is no memory for machine code")
    }
    unsafe code.withUnsafeBytes { unsafe memory.copyMemory(from: $0.baseAddress!, byteCount: code.count) }
    guard unsafe mprotect(memory, byteCount, PROT_READ | PROT_EXEC) == 0 else {
      unsafe munmap(memory, byteCount)
      throw CompilationError(slot: nil, reason: "this process may not make memory executable")
    }
    unsafe clinux_flush_instructions(memory, byteCount)
    base = UInt64(UInt(bitPattern: memory))
    self.byteCount = byteCount
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(bitPattern: UInt(base)), byteCount) }
}
