import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// Memory for all code that is emulated: nothing in it is ever used again, so that no engine knows old code there.
///
/// Unsafe: `base` is mapped, `byteCount` bytes long, from `init` on.
final class CodeArena: Sendable {
  /// What engines share memory in: it begins and ends at multiples of this.
  static let granule = 1 << 21
  /// The address of the first byte, where code returns to that is done.
  let base: UInt64
  let byteCount = 1 << 30
  private let used = Mutex(64)

  init() throws { base = try Self.reserve(byteCount) }

  /// Address space that is zero.
  static func reserve(_ byteCount: Int) throws -> UInt64 {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let memory = unsafe mmap(nil, byteCount + granule, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard unsafe memory != MAP_FAILED else { throw Unavailable(reason: "no address space to emulate in") }
    let address = UInt64(UInt(bitPattern: memory))
    return (address + UInt64(granule) - 1) & ~UInt64(granule - 1)
  }

  /// Puts code in: its address.
  func add(_ code: [UInt8]) -> UInt64 {
    let offset = used.withLock { used in
      defer { used += (code.count + 63) / 64 * 64 }
      return used
    }
    precondition(offset + code.count <= byteCount, "the arena is full")
    let place = unsafe UnsafeMutableRawPointer(bitPattern: UInt(base) + UInt(offset))!
    unsafe code.withUnsafeBytes { unsafe place.copyMemory(from: $0.baseAddress!, byteCount: code.count) }
    return base + UInt64(offset)
  }

  /// Whether an address is in it.
  func contains(_ address: UInt64) -> Bool { address >= base && address < base + UInt64(byteCount) }

  /// An address, with the instruction there.
  func describe(_ address: UInt64) -> String {
    guard contains(address), let place = unsafe UnsafeRawPointer(bitPattern: UInt(address)) else {
      return "0x" + String(address, radix: 16)
    }
    let word = unsafe place.loadUnaligned(as: UInt32.self)
    return "byte \(address - base) of the arena, 0x" + String(word, radix: 16)
  }
}
