import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Pages of one program's machine code: filled, and then made executable and read-only.
///
/// On Apple silicon it is one mapping that each thread may either write to or run: the processor keeps them apart. Its
/// invariant: `base` is mapped, `byteCount` bytes long, from `init` to `deinit`.
final class SealedPages: @unchecked Sendable {
  /// The first byte.
  let base: UInt64
  private let byteCount: Int

  /// Copies code into pages of its own.
  init(_ code: [UInt8]) throws(CompilationError) {
    let page = Int(getpagesize())
    let byteCount = max((code.count + page - 1) / page, 1) * page
    #if canImport(Darwin) && arch(arm64)
    let access = PROT_READ | PROT_WRITE | PROT_EXEC, flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_JIT
    #else
    let access = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS
    #endif
    let memory = unsafe mmap(nil, byteCount, access, flags, -1, 0)
    guard unsafe memory != MAP_FAILED, let memory = unsafe memory else {
      throw CompilationError(slot: nil, reason: "there is no memory for machine code")
    }
    #if canImport(Darwin) && arch(arm64)
    unsafe code.withUnsafeBytes { unsafe clinux_copy_code(memory, $0.baseAddress!, code.count) }
    #else
    unsafe code.withUnsafeBytes { unsafe memory.copyMemory(from: $0.baseAddress!, byteCount: code.count) }
    guard unsafe mprotect(memory, byteCount, PROT_READ | PROT_EXEC) == 0 else {
      unsafe munmap(memory, byteCount)
      throw CompilationError(slot: nil, reason: "this process may not make memory executable")
    }
    unsafe clinux_flush_instructions(memory, byteCount)
    #endif
    base = UInt64(UInt(bitPattern: memory))
    self.byteCount = byteCount
  }

  deinit { unsafe munmap(UnsafeMutableRawPointer(bitPattern: UInt(base)), byteCount) }
}
