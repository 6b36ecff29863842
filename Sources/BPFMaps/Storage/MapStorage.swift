import BPF
import CLinux

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The memory of a map: address space reserved at once, committed page by page when it is first touched.
///
/// `base` to `base + byteCount` stays mapped, readable and writable at the same place until the object dies, and reads
/// as zero where nothing was stored.
@safe final class MapStorage: @unchecked Sendable {
  /// The first byte, at a page's start.
  @unsafe let base: UnsafeMutableRawPointer
  /// The size in bytes, whole pages.
  let byteCount: Int
  private let memory: MemoryLimit

  /// All of it.
  var addresses: Range<UInt64> {
    let first = unsafe UInt64(UInt(bitPattern: base))
    return first..<first + UInt64(byteCount)
  }

  /// Reserves a layout's bytes for a map, or throws `ENOMEM` with what it would take.
  static func reserve(
    _ layout: StorageLayout,
    for definition: MapDefinition,
    memory: MemoryLimit
  ) throws(MapError) -> MapStorage {
    let byteCount = try admitted(layout.byteCount, for: definition, memory: memory)
    let base = unsafe mmap(
      nil,
      byteCount,
      PROT_READ | PROT_WRITE,
      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
      -1,
      0
    )
    guard let base = unsafe base, unsafe base != MAP_FAILED else {
      memory.release(byteCount)
      throw outOfAddressSpace(byteCount, definition)
    }
    #if os(Linux)
    let hugePageByteCount = 2 << 20
    if byteCount >= hugePageByteCount { _ = unsafe madvise(base, byteCount, MADV_HUGEPAGE) }
    #endif
    return unsafe MapStorage(base: base, byteCount: byteCount, memory: memory)
  }

  /// Reserves a map's bytes twice, one copy right behind the other and both the same memory.
  ///
  /// What is stored at `offset` can be read at `offset + byteCount`: a record that crosses the end of a ring is in one
  /// piece. `byteCount` says the size of one copy, and is a whole number of pages.
  static func reserveMirrored(
    _ byteCount: Int,
    for definition: MapDefinition,
    memory: MemoryLimit
  ) throws(MapError) -> MapStorage {
    let byteCount = try admitted(byteCount, for: definition, memory: memory)
    guard let base = unsafe mapTwice(byteCount) else {
      memory.release(byteCount)
      throw outOfAddressSpace(byteCount, definition)
    }
    return unsafe MapStorage(base: base, byteCount: byteCount, memory: memory, copies: 2)
  }

  private let copies: Int

  private init(base: UnsafeMutableRawPointer, byteCount: Int, memory: MemoryLimit, copies: Int = 1) {
    unsafe self.base = base
    self.byteCount = byteCount
    self.memory = memory
    self.copies = copies
  }

  deinit {
    _ = unsafe munmap(base, byteCount * copies)
    memory.release(byteCount)
  }

  /// Takes a map's share of the limit, or throws.
  private static func admitted(
    _ need: Int?,
    for definition: MapDefinition,
    memory: MemoryLimit
  ) throws(MapError) -> Int {
    guard let need else {
      throw MapError(
        map: definition.name,
        operation: "create",
        code: .noMemory,
        detail: "\(definition.maxEntries) entries are more than an address space holds"
      )
    }
    guard memory.reserve(need) else {
      let free = memory.byteCount - memory.reservedByteCount
      throw MapError(
        map: definition.name,
        operation: "create",
        code: .noMemory,
        detail: "it needs \(need) bytes, \(free) of the memory limit of \(memory.byteCount) bytes are left"
      )
    }
    return need
  }

  private static func outOfAddressSpace(_ byteCount: Int, _ definition: MapDefinition) -> MapError {
    MapError(
      map: definition.name,
      operation: "create",
      code: .noMemory,
      detail: "the system has no \(byteCount) bytes of address space for it"
    )
  }

  /// Maps one anonymous file at two neighbouring places.
  @unsafe private static func mapTwice(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    guard let file = unsafe anonymousFile(byteCount) else { return nil }
    defer { close(file) }
    let both = unsafe mmap(nil, byteCount * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let both = unsafe both, unsafe both != MAP_FAILED else { return nil }
    for copy in 0..<2 {
      let place = unsafe both + copy * byteCount
      let mapped = unsafe mmap(place, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0)
      guard unsafe mapped == place else {
        _ = unsafe munmap(both, byteCount * 2)
        return nil
      }
    }
    return unsafe both
  }

  /// The descriptor of a sparse file without a name.
  @unsafe private static func anonymousFile(_ byteCount: Int) -> Int32? {
    #if os(Linux)
    let file = unsafe clinux_memory_file("bpf-ringbuf")
    #else
    var path = Array("/tmp/bpf-ringbuf.XXXXXX\0".utf8CString)
    let file = unsafe mkstemp(&path)
    if file >= 0 { unsafe unlink(path) }
    #endif
    guard file >= 0 else { return nil }
    guard ftruncate(file, off_t(byteCount)) == 0 else {
      close(file)
      return nil
    }
    return file
  }
}
