import BPFRuntime

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A context and a packet below 4 GiB, where a 32-bit context field can point to: what peers need.
///
/// The invariant: `memory` is one page, mapped as long as this lives; the context is its first bytes, the packet lies
/// further on.
@safe struct LowFrame: ~Copyable {
  /// The page, which begins with the context: a peer that checks its accesses is given all of it.
  let memory: UnsafeMutableRawPointer
  /// Bytes of the page.
  static let byteCount = 4096
  private static let packetOffset = 1024

  /// A UDP packet of 64 bytes to port 4242.
  static let packet: [UInt8] =
    [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 50, 0, 0, 0, 0, 64, 17, 0, 0]
    + [10, 0, 0, 1, 10, 0, 0, 2, 0x12, 0x34, 0x10, 0x92, 0, 30] + [UInt8](repeating: 0, count: 24)

  /// The context's address.
  var contextAddress: UInt64 { unsafe UInt64(UInt(bitPattern: memory)) }
  private var start: UInt64 { contextAddress + UInt64(Self.packetOffset) }

  init() {
    var page: UnsafeMutableRawPointer?
    // A place that is taken already moves on.
    for place in 1...64 {
      let wanted = unsafe UnsafeMutableRawPointer(bitPattern: 0x1000_0000 * UInt(place))
      let found = unsafe mmap(
        wanted,
        Self.byteCount,
        PROT_READ | PROT_WRITE,
        MAP_PRIVATE | MAP_ANONYMOUS,
        -1,
        0
      )
      guard let found = unsafe found, unsafe found != MAP_FAILED else { continue }
      if UInt(bitPattern: found) < 1 << 32 {
        unsafe page = found
        break
      }
      unsafe munmap(found, Self.byteCount)
    }
    guard let page = unsafe page else { fatalError("no memory below 4 GiB") }
    unsafe memory = page
    unsafe (page + Self.packetOffset).copyMemory(from: Self.packet, byteCount: Self.packet.count)
    let start = UInt32(UInt(bitPattern: page)) + UInt32(Self.packetOffset)
    unsafe page.storeBytes(of: start, toByteOffset: 0, as: UInt32.self)
    unsafe page.storeBytes(of: start + UInt32(Self.packet.count), toByteOffset: 4, as: UInt32.self)
    unsafe page.storeBytes(of: start, toByteOffset: 8, as: UInt32.self)
  }

  deinit { unsafe munmap(memory, Self.byteCount) }

  /// Puts the packet's place into a machine's context.
  borrowing func describe(in machine: Machine) {
    machine.state.context[0] = start
    machine.state.context[1] = start + UInt64(Self.packet.count)
    machine.state.context[2] = start
  }
}
