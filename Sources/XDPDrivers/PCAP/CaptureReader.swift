import BTF
import CPCAP
import XDP

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// A capture that is read front to back through libpcap, with nanosecond timestamps.
///
/// Invariant: `handle` is an open libpcap handle that owns `file`, and what `file` reads from or through, `memory` and
/// `buffer`, is freed after it is closed; a packet's bytes are copied before libpcap is called again.
@safe struct CaptureReader: ~Copyable {
  /// What the file is called in errors.
  let name: String
  /// The size of the file in bytes, nil where it is no regular file.
  let byteCount: UInt64?
  /// What became of the packets so far.
  private(set) var tally = CaptureTally()
  /// A packet that was read when its batch had no frames left for it.
  private var pending: (bytes: [UInt8], timestamp: UInt64)?
  /// The packets that were left out since they were last taken; nil where nobody takes them.
  var leftOut: [LeftOutPacket]?
  /// Why no more packets come, once it is known.
  private var ending: Ending?

  private let handle: OpaquePointer
  private let file: UnsafeMutablePointer<FILE>
  private let buffer: UnsafeMutablePointer<CChar>
  private let memory: UnsafeMutableRawBufferPointer

  private enum Ending {
    case complete
    case damaged(CaptureError)
  }

  /// Small, so that what libpcap copies from is still in the cache.
  private static let bufferByteCount = 1 << 16
  /// Reads of one call at the most, so that a capture of nothing but unusable packets does not keep the caller.
  private static let readLimit = 1024

  /// Opens a file.
  static func open(_ path: String) throws(CaptureError) -> CaptureReader {
    guard let file = unsafe fopen(path, "rb") else {
      throw .notReadable(file: path, reason: SystemReason.last)
    }
    return try unsafe make(file, named: path, memory: UnsafeMutableRawBufferPointer(start: nil, count: 0))
  }

  /// Reads a capture that is in memory.
  static func reading(_ contents: [UInt8], named name: String) throws(CaptureError) -> CaptureReader {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, contents.count), alignment: 1)
    unsafe memory.copyBytes(from: contents)
    guard let file = unsafe fmemopen(memory.baseAddress, contents.count, "rb") else {
      unsafe memory.deallocate()
      throw .notReadable(file: name, reason: SystemReason.last)
    }
    return try unsafe make(file, named: name, memory: memory)
  }

  /// Takes over an open file, and the memory that it reads from.
  private static func make(
    _ file: UnsafeMutablePointer<FILE>,
    named name: String,
    memory: UnsafeMutableRawBufferPointer
  ) throws(CaptureError) -> CaptureReader {
    let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: bufferByteCount)
    unsafe setvbuf(file, buffer, _IOFBF, bufferByteCount)
    var message = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
    let precision = u_int(PCAP_TSTAMP_PRECISION_NANO)
    guard let handle = unsafe pcap_fopen_offline_with_tstamp_precision(file, precision, &message) else {
      unsafe fclose(file)
      unsafe buffer.deallocate()
      unsafe memory.deallocate()
      let text = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw .notCapture(file: name, reason: String(decoding: text, as: UTF8.self))
    }
    // From here on the reader's end closes and frees all of it.
    let reader = unsafe CaptureReader(name: name, handle: handle, file: file, buffer: buffer, memory: memory)
    let linkType = unsafe pcap_datalink(handle)
    guard linkType == DLT_EN10MB else {
      let known = unsafe pcap_datalink_val_to_name(linkType)
      throw .notEthernet(
        file: name,
        linkType: unsafe known.map { unsafe String(cString: $0) } ?? "\(linkType)"
      )
    }
    return reader
  }

  private init(
    name: String,
    handle: OpaquePointer,
    file: UnsafeMutablePointer<FILE>,
    buffer: UnsafeMutablePointer<CChar>,
    memory: UnsafeMutableRawBufferPointer
  ) {
    self.name = name
    unsafe self.handle = unsafe handle
    unsafe self.file = unsafe file
    unsafe self.buffer = unsafe buffer
    unsafe self.memory = unsafe memory
    var status = stat()
    let isRegular = unsafe fstat(fileno(file), &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    byteCount = isRegular ? UInt64(clamping: status.st_size) : nil
  }

  deinit {
    unsafe pcap_close(handle)
    unsafe buffer.deallocate()
    unsafe memory.deallocate()
  }

  /// How far the file was read, in bytes.
  var position: UInt64 { UInt64(clamping: unsafe ftello(file)) }

  /// Copies packets into the batch until it is full, and says whether more may come.
  ///
  /// Damage is thrown once the good packets before it have been handed out.
  mutating func fill(_ batch: inout PacketBatch) throws(CaptureError) -> Bool {
    guard appendPending(to: &batch) else { return true }
    if ending == nil { read(into: &batch) }
    switch pending == nil ? ending : nil {
    case nil: return true
    case .complete: return !batch.isEmpty
    case .damaged(let error):
      guard batch.isEmpty else { return true }
      throw error
    }
  }

  private mutating func read(into batch: inout PacketBatch) {
    let split = batch.pool.geometry.split
    let lengths = 14...batch.pool.geometry.longest
    var room = min(batch.room, batch.pool.available)
    var header: UnsafeMutablePointer<pcap_pkthdr>?
    var bytes: UnsafePointer<UInt8>?
    for _ in 0..<Self.readLimit {
      guard room > 0 else { return }
      let result = unsafe pcap_next_ex(handle, &header, &bytes)
      guard result == 1, let record = unsafe header?.pointee, let bytes = unsafe bytes else {
        return end(result)
      }
      tally.packets += 1
      let length = Int(record.caplen)
      guard lengths.contains(length) else {
        leaveOut(length, length < lengths.lowerBound ? .tooShort : .tooLong)
        continue
      }
      // libpcap puts nanoseconds where `timeval` has microseconds.
      let seconds = UInt64(truncatingIfNeeded: record.ts.tv_sec)
      let timestamp = seconds &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: record.ts.tv_usec)
      if record.len > record.caplen { tally.cutOff += 1 }
      let source = unsafe UnsafeRawBufferPointer(start: bytes, count: length)
      guard length <= split else {
        pending = unsafe ([UInt8](source), timestamp)
        guard appendPending(to: &batch) else { return }
        room = min(batch.room, batch.pool.available)
        continue
      }
      guard let frame = unsafe batch.appendFrame(length: length, timestamp: timestamp) else { return }
      unsafe frame.copyMemory(from: source)
      room -= 1
    }
  }

  /// Adds the packet that waits for frames, if there is one; false where there are still none.
  private mutating func appendPending(to batch: inout PacketBatch) -> Bool {
    guard let (bytes, timestamp) = pending else { return true }
    guard batch.append(copying: bytes.rawBytes, timestamp: timestamp) else { return false }
    pending = nil
    return true
  }

  private mutating func leaveOut(_ length: Int, _ reason: LeftOutPacket.Reason) {
    if reason == .tooShort { tally.runts += 1 } else { tally.oversized += 1 }
    leftOut?.append(LeftOutPacket(index: tally.packets - 1, length: length, reason: reason))
  }

  private mutating func end(_ result: Int32) {
    guard result != PCAP_ERROR_BREAK else { return ending = .complete }
    let reason = unsafe pcap_geterr(handle).map { unsafe String(cString: $0) } ?? "libpcap gave no reason"
    ending = .damaged(.damaged(file: name, packet: tally.packets + 1, reason: reason))
  }
}
