#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A file that is written front to back through one buffer.
///
/// Invariant: the first `used` bytes of `buffer` are initialized and `used` is at most its size; `descriptor` is open and
/// this value's own until `close`, and negative afterwards.
@safe struct OutputFile: ~Copyable {
  /// The path, for errors.
  let path: String
  private var descriptor: Int32
  private let buffer: UnsafeMutableRawBufferPointer
  private var used = 0

  /// Creates or empties a file, but not one that is to be kept: `inputs` are other names of files in use.
  static func create(_ path: String, keeping inputs: [String]) throws(CaptureError) -> OutputFile {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .notWritable(file: path, reason: SystemReason.last) }
    let output = OutputFile(path: path, descriptor: descriptor)
    var mine = stat()
    let isKnown = unsafe fstat(descriptor, &mine) == 0
    for input in inputs where isKnown {
      var other = stat()
      if unsafe stat(input, &other) == 0, mine.st_ino == other.st_ino, mine.st_dev == other.st_dev {
        throw .isInput(file: path)
      }
    }
    // Pipes and devices cannot be emptied and need not be.
    if isKnown, mine.st_mode & S_IFMT == S_IFREG, ftruncate(descriptor, 0) != 0 { throw output.refusal() }
    return output
  }

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    unsafe buffer = .allocate(byteCount: 1 << 18, alignment: 16)
  }

  deinit {
    unsafe buffer.deallocate()
    if descriptor >= 0 { _ = Self.closeDescriptor(descriptor) }
  }

  /// Bytes that still fit the buffer.
  private var room: Int { unsafe buffer.count - used }

  /// Appends bytes.
  mutating func append(_ bytes: RawSpan) throws(CaptureError) {
    var rest = bytes
    while rest.byteCount > room {
      let part = rest.extracting(first: room)
      copy(part)
      rest = rest.extracting(droppingFirst: part.byteCount)
      try flush()
    }
    copy(rest)
  }

  /// Appends an integer, little end first.
  mutating func append<Integer: FixedWidthInteger & BitwiseCopyable>(_ value: Integer) throws(CaptureError) {
    let size = MemoryLayout<Integer>.size
    if room < size { try flush() }
    unsafe buffer.storeBytes(of: value.littleEndian, toByteOffset: used, as: Integer.self)
    used += size
  }

  /// Appends zeros, fewer than 8.
  mutating func append(zeros count: Int) throws(CaptureError) {
    for _ in 0..<count { try append(UInt8(0)) }
  }

  private mutating func copy(_ bytes: RawSpan) {
    guard bytes.byteCount > 0 else { return }
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[used...]).copyMemory(from: source)
    }
    used += bytes.byteCount
  }

  /// Hands all that is in the buffer to the system.
  mutating func flush() throws(CaptureError) {
    var start = 0
    let end = used
    used = 0
    while start < end {
      let written = unsafe write(descriptor, buffer.baseAddress! + start, end - start)
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw refusal() }
      start += written
    }
  }

  /// Writes what is left and closes the file.
  ///
  /// The second time it does nothing.
  mutating func close() throws(CaptureError) {
    guard descriptor >= 0 else { return }
    defer { descriptor = -1 }
    do throws(CaptureError) { try flush() } catch {
      _ = Self.closeDescriptor(descriptor)
      throw error
    }
    if Self.closeDescriptor(descriptor) != 0 { throw refusal() }
  }

  private func refusal() -> CaptureError { .notWritable(file: path, reason: SystemReason.last) }

  /// close(2), under a name that does not collide with the method's.
  private static func closeDescriptor(_ descriptor: Int32) -> Int32 {
    #if canImport(Glibc)
    Glibc.close(descriptor)
    #elseif canImport(Musl)
    Musl.close(descriptor)
    #elseif canImport(Darwin)
    Darwin.close(descriptor)
    #endif
  }
}
