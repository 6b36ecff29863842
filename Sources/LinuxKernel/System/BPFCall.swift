import BPF
import CLinux

/// One call of bpf(2): `union bpf_attr` as bytes, and the buffers its addresses point to.
///
/// Invariant: every address in the attributes is the start of a buffer that this value owns, which stays where it is
/// and as large as the attributes say until the value goes.
///
/// Fields are named by their byte offsets in the attribute's struct for the command, which are part of the kernel's
/// binary interface; numbers are in the host's byte order.
@safe struct BPFCall: ~Copyable {
  /// Larger than every struct used here; what lies beyond a kernel's own size is zero, as it demands.
  private static let attributeByteCount = 152
  private let attributes: UnsafeMutableRawBufferPointer
  private var buffers: [UnsafeMutableRawBufferPointer] = unsafe []

  /// A call with nothing set.
  init() {
    unsafe attributes = Self.zeroed(Self.attributeByteCount)
  }

  deinit {
    unsafe attributes.deallocate()
    unsafe buffers.forEach { buffer in unsafe buffer.deallocate() }
  }

  private static func zeroed(_ count: Int) -> UnsafeMutableRawBufferPointer {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 8)
    unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
    return unsafe buffer
  }

  /// Sets a 32-bit field.
  mutating func set(_ value: UInt32, at offset: Int) {
    unsafe attributes.storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }

  /// Sets a 64-bit field.
  mutating func set(doubleWord value: UInt64, at offset: Int) {
    unsafe attributes.storeBytes(of: value, toByteOffset: offset, as: UInt64.self)
  }

  /// Sets a field that holds characters: at most 15 bytes and the end, as object names are.
  mutating func set(name: String, at offset: Int) {
    let allowed = name.utf8.prefix(15).map { Self.isAllowedInName($0) ? $0 : UInt8(ascii: "_") }
    for (index, byte) in allowed.enumerated() { unsafe attributes[offset + index] = byte }
  }

  /// The kernel takes letters, digits, `_` and `.` in names.
  private static func isAllowedInName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
  }

  /// Lets the 64-bit field point to a copy of these bytes; gives the copy's number for `buffer(_:)`.
  @discardableResult
  mutating func point(at bytes: [UInt8], from offset: Int) -> Int {
    let number = point(toZeroes: bytes.count, from: offset)
    unsafe buffers[number].copyBytes(from: bytes)
    return number
  }

  /// Lets the 64-bit field point to so many zero bytes, for the kernel to fill.
  mutating func point(toZeroes count: Int, from offset: Int) -> Int {
    let buffer = unsafe Self.zeroed(count)
    unsafe buffers.append(buffer)
    set(doubleWord: UInt64(UInt(bitPattern: buffer.baseAddress)), at: offset)
    return unsafe buffers.count - 1
  }

  /// Lets a 64-bit field within a buffer point to so many zero bytes.
  mutating func point(toZeroes count: Int, in outer: Int, at offset: Int) -> Int {
    let buffer = unsafe Self.zeroed(count)
    unsafe buffers.append(buffer)
    let address = UInt64(UInt(bitPattern: buffer.baseAddress))
    unsafe buffers[outer].storeBytes(of: address, toByteOffset: offset, as: UInt64.self)
    return unsafe buffers.count - 1
  }

  /// Sets a 32-bit field within a buffer.
  mutating func set(_ value: UInt32, in outer: Int, at offset: Int) {
    unsafe buffers[outer].storeBytes(of: value, toByteOffset: offset, as: UInt32.self)
  }

  /// The first bytes of a buffer, at most all of it.
  func buffer(_ number: Int, prefix count: Int = .max) -> [UInt8] {
    unsafe Array(buffers[number].prefix(count))
  }

  /// A 32-bit field, as the kernel left it.
  func word(at offset: Int) -> UInt32 {
    unsafe attributes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
  }

  /// Makes the call with a field set to a descriptor, which stays open until it is done.
  @discardableResult
  mutating func perform(
    _ command: BPFCommand,
    _ descriptor: borrowing Descriptor,
    at offset: Int = 0
  ) throws(BPFCallFailure) -> Int32 {
    set(UInt32(bitPattern: descriptor.rawValue), at: offset)
    return try perform(command)
  }

  /// Makes the call; gives its result, a descriptor or 0.
  ///
  /// A call that a signal broke off is made again.
  @discardableResult
  mutating func perform(_ command: BPFCommand) throws(BPFCallFailure) -> Int32 {
    #if os(Linux)
    while true {
      let result = unsafe clinux_bpf(
        command.rawValue,
        attributes.baseAddress,
        UInt32(Self.attributeByteCount)
      )
      if result >= 0 { return Int32(truncatingIfNeeded: result) }
      let code = LinuxErrno(rawValue: Int32(truncatingIfNeeded: -result))
      guard code == .interrupted else { throw BPFCallFailure(command: command, code: code) }
    }
    #else
    throw BPFCallFailure(command: command, code: .noSystemCall)
    #endif
  }
}

/// What bpf(2) answered in place of a result.
struct BPFCallFailure: Error {
  /// What was asked.
  let command: BPFCommand
  /// The kernel's answer.
  let code: LinuxErrno
}

extension LinuxErrno {
  /// `EINTR`.
  static let interrupted = LinuxErrno(rawValue: 4)
}
