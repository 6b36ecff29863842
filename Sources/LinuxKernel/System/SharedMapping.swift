import BPF
import CLinux

/// Memory that the kernel and this process share through a descriptor.
///
/// Invariant: `base` to `base + byteCount` stays mapped until the mapping goes, and every access is checked to lie within,
/// aligned where it is one of a word.
@safe final class SharedMapping: @unchecked Sendable {
  private let base: UnsafeMutableRawPointer
  private let byteCount: Int

  /// The size of a page, in bytes.
  static var pageByteCount: Int {
    #if os(Linux)
    clinux_page_size()
    #else
    4096
    #endif
  }

  /// Maps bytes of a descriptor from an offset of whole pages on, to be written only where that is said.
  init(
    of descriptor: borrowing Descriptor,
    from offset: Int = 0,
    byteCount: Int,
    isWritable: Bool = false
  ) throws(MappingFailure) {
    #if os(Linux)
    guard let base = unsafe clinux_map_shared(descriptor.rawValue, offset, byteCount, isWritable ? 1 : 0)
    else { throw MappingFailure(code: LinuxErrno(rawValue: clinux_errno())) }
    unsafe self.base = base
    self.byteCount = byteCount
    #else
    throw MappingFailure(code: .noSystemCall)
    #endif
  }

  deinit {
    #if os(Linux)
    unsafe clinux_unmap(base, byteCount)
    #endif
  }

  /// A word of 32 bits that the kernel has stored, and with it all that it stored before.
  func word(at offset: Int) -> UInt32 {
    #if os(Linux)
    unsafe clinux_load_acquiring(place(offset, 4))
    #else
    0
    #endif
  }

  /// A position that the kernel has stored, and with it all that it stored before.
  func position(at offset: Int) -> UInt64 {
    #if os(Linux)
    unsafe clinux_load_position(place(offset, 8))
    #else
    0
    #endif
  }

  /// Tells the kernel a position, after all that was read before.
  func store(position: UInt64, at offset: Int) {
    #if os(Linux)
    unsafe clinux_store_position(place(offset, 8), position)
    #endif
  }

  /// A copy of bytes.
  func bytes(at offset: Int, count: Int) -> [UInt8] {
    precondition(offset >= 0 && count >= 0 && count <= byteCount - offset)
    return unsafe Array(UnsafeRawBufferPointer(start: base + offset, count: count))
  }

  /// The address of an aligned word.
  private func place(_ offset: Int, _ count: Int) -> UnsafeMutableRawPointer {
    precondition(offset >= 0 && offset <= byteCount - count && offset % count == 0)
    return unsafe base + offset
  }
}

/// Why memory could not be shared with the kernel.
struct MappingFailure: Error {
  /// The system's answer.
  let code: LinuxErrno
}
