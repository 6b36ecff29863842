import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Memory for machine code that is seen at two addresses: one to write it, one to run it.
///
/// Its invariant: `writable` and `executable` lead to the same memory, `byteCount` bytes of it, from `init` to `deinit`;
/// the one is never executable and the other never writable. Who writes holds the pool's lock.
@safe final class ExecutableRegion: @unchecked Sendable {
  /// Its size.
  let byteCount: Int
  /// Where it is run.
  let executable: UInt64
  private let writable: UnsafeMutableRawPointer

  /// Maps a region of at least so many bytes; nil where a system has no such memory or runs nothing in it.
  init?(byteCount wanted: Int) {
    #if os(Linux)
    let page = Int(getpagesize())
    byteCount = (wanted + page - 1) / page * page
    let file = unsafe clinux_executable_memory_file("bpf-code")
    guard file >= 0 else { return nil }
    defer { close(file) }
    guard ftruncate(file, byteCount) == 0 else { return nil }
    let writable = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
    guard unsafe writable != MAP_FAILED, let writable = unsafe writable else { return nil }
    let executable = unsafe mmap(nil, byteCount, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0)
    guard unsafe executable != MAP_FAILED else {
      unsafe munmap(writable, byteCount)
      return nil
    }
    unsafe self.writable = writable
    self.executable = UInt64(UInt(bitPattern: executable))
    #else
    return nil
    #endif
  }

  /// Copies code to a place in the region, which has room for it there.
  func write(_ code: [UInt8], at offset: Int) {
    precondition(offset >= 0 && offset + code.count <= byteCount, "code lies within its region")
    unsafe code.withUnsafeBytes { bytes in
      if let first = bytes.baseAddress {
        unsafe (writable + offset).copyMemory(from: first, byteCount: bytes.count)
      }
    }
    flush(offset..<offset + code.count)
  }

  /// Overwrites code with bytes that trap: x86-64's `int3`, which is no instruction of arm64.
  func erase(_ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "code lies within its region")
    unsafe (writable + range.lowerBound).initializeMemory(as: UInt8.self, repeating: 0xCC, count: range.count)
    flush(range)
  }

  private func flush(_ range: Range<Int>) {
    let start = unsafe UnsafeMutableRawPointer(bitPattern: UInt(executable) + UInt(range.lowerBound))
    unsafe clinux_flush_instructions(start, range.count)
  }

  deinit {
    #if os(Linux)
    unsafe munmap(writable, byteCount)
    unsafe munmap(UnsafeMutableRawPointer(bitPattern: UInt(executable)), byteCount)
    #endif
  }
}
