import BPF
import Synchronization

/// `BPF_MAP_TYPE_RINGBUF`: records from programs to one reader, in the order in which they were reserved.
///
/// A record is an 8-byte header and its bytes, padded to 8. The header's first word is the length with two bits on top: busy
/// until the record is submitted or discarded, and discarded; the second is the number of the page it begins in. Who
/// reserves a record finds there what lay there before, so both are as in the kernel. The reader stops at a busy record. As
/// in the kernel, at least one byte of the ring stays free.
///
/// Producers reserve under a lock and fill and submit without one; the reader takes none. A position only grows; its low
/// bits are the place in the ring. `producer` is stored after a record's busy header, `consumer` after its bytes were
/// read, so that neither side touches the other's bytes.
///
/// Unsafe: the ring is mapped twice, end to end, so every record within is in one piece; record addresses given to
/// `submit` and `discard` are 8-aligned with 8 mapped bytes before them.
public final class RingBufferMap: UserMap, @unchecked Sendable {
  /// The largest record that can be asked for (`RINGBUF_MAX_RECORD_SZ`), in bytes.
  private static let largestRecord: UInt64 = UInt64(UInt32.max) / 4
  private static let headerByteCount: UInt64 = 8
  /// The kernel counts its own pages of the map too.
  private static let pagesBeforeRing: UInt32 = 3
  private static let busy: UInt32 = 1 << 31
  private static let discarded: UInt32 = 1 << 30

  private let storage: MapStorage
  /// Both copies of it.
  package override var memoryOfPrograms: Range<UInt64>? {
    let once = storage.addresses
    return once.lowerBound..<once.upperBound + UInt64(once.count)
  }
  private let mask: UInt64
  private let producer = Atomic<UInt64>(0)
  private let consumer = Atomic<UInt64>(0)
  private let producers = Guarded<Void>(())
  private let readers = Guarded<Void>(())

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    storage = try MapStorage.reserveMirrored(definition.maxEntries, for: definition, memory: memory)
    mask = UInt64(definition.maxEntries - 1)
    super.init(definition: definition, cpuCount: cpuCount)
  }

  // MARK: Producing

  /// Room for a record of so many bytes, 8-aligned; nil if there is none or flags are given (`bpf_ringbuf_reserve`).
  @unsafe public func reserve(_ byteCount: UInt64, flags: UInt64) -> UnsafeMutableRawPointer? {
    guard flags == 0, byteCount <= Self.largestRecord else { return nil }
    let total = (byteCount &+ Self.headerByteCount &+ 7) & ~7
    guard total <= mask &+ 1 else { return nil }
    return unsafe producers.withLock { _ in
      let position = producer.load(ordering: .relaxed), next = position &+ total
      guard next &- consumer.load(ordering: .acquiring) <= mask else { return nil }
      let header = unsafe header(position)
      unsafe header.half(0).pointee.store(UInt32(byteCount) | Self.busy, ordering: .relaxed)
      let page = UInt32((position & mask) >> 12) + Self.pagesBeforeRing
      unsafe header.half(4).pointee.store(page, ordering: .relaxed)
      producer.store(next, ordering: .releasing)
      return unsafe header + Int(Self.headerByteCount)
    }
  }

  /// Hands a reserved record to the reader (`bpf_ringbuf_submit`).
  ///
  /// Wake-up flags change nothing: the reader polls.
  @unsafe public static func submit(_ record: UnsafeMutableRawPointer, flags: UInt64) {
    unsafe commit(record, adding: 0)
  }

  /// Gives a reserved record up; the reader skips it (`bpf_ringbuf_discard`).
  @unsafe public static func discard(_ record: UnsafeMutableRawPointer, flags: UInt64) {
    unsafe commit(record, adding: discarded)
  }

  /// Submits a copy of bytes: 0, `EAGAIN` if they do not fit, `EINVAL` for unknown flags (`bpf_ringbuf_output`).
  @unsafe public func output(_ bytes: UnsafeRawBufferPointer, flags: UInt64) -> Int32 {
    guard flags & ~3 == 0 else { return LinuxErrno.invalid.answer }
    guard let record = unsafe reserve(UInt64(bytes.count), flags: 0) else {
      return LinuxErrno.tryAgain.answer
    }
    if let start = bytes.baseAddress { unsafe record.copyMemory(from: start, byteCount: bytes.count) }
    unsafe Self.submit(record, flags: flags)
    return 0
  }

  /// Submits a copy of bytes, as a program does; `EAGAIN` if they do not fit.
  public func submit(_ record: [UInt8]) throws(MapError) {
    let answer = unsafe record.withUnsafeBytes { unsafe output($0, flags: 0) }
    guard answer == 0 else {
      throw refused("submit", .tryAgain, "\(record.count) bytes do not fit what is free of \(mask &+ 1)")
    }
  }

  /// Unread bytes (0), the ring's size (1), the reader's position (2), the producers' (3), else 0 (`bpf_ringbuf_query`).
  public func query(_ what: UInt64) -> UInt64 {
    switch what {
    case 0: producer.load(ordering: .acquiring) &- consumer.load(ordering: .acquiring)
    case 1: mask &+ 1
    case 2: consumer.load(ordering: .acquiring)
    case 3: producer.load(ordering: .acquiring)
    default: 0
    }
  }

  /// The size of a reserved record, in bytes, for an address that `reserve` gave.
  @unsafe public static func byteCount(of record: UnsafeMutableRawPointer) -> Int {
    let header = unsafe record - Int(headerByteCount)
    return Int(unsafe header.half().pointee.load(ordering: .relaxed) & ~(busy | discarded))
  }

  @unsafe private static func commit(_ record: UnsafeMutableRawPointer, adding bit: UInt32) {
    let header = unsafe (record - Int(headerByteCount)).half()
    let length = unsafe header.pointee.load(ordering: .relaxed) & ~busy
    unsafe header.pointee.store(length | bit, ordering: .releasing)
  }

  // MARK: Reading

  /// Hands submitted records to a body, oldest first, and frees them; returns how many there were.
  ///
  /// The bytes are the record's own, valid inside the body. Discarded records are skipped. The body must not read
  /// from the same ring.
  public func consume(limit: Int = .max, _ body: (RawSpan) -> Void) -> Int {
    walk(limit, removing: true, body)
  }

  /// All submitted records, oldest first.
  public override func records() -> [[UInt8]] { copies(removing: false) }

  /// Takes all submitted records out, oldest first.
  public override func takeRecords() -> [[UInt8]] { copies(removing: true) }

  private func copies(removing: Bool) -> [[UInt8]] {
    var records: [[UInt8]] = []
    _ = walk(.max, removing: removing) { bytes in
      records.append(unsafe bytes.withUnsafeBytes { unsafe Array($0) })
    }
    return records
  }

  private func walk(_ limit: Int, removing: Bool, _ body: (RawSpan) -> Void) -> Int {
    readers.withLock { _ in
      var count = 0, position = consumer.load(ordering: .relaxed)
      while count < limit, position != producer.load(ordering: .acquiring) {
        let header = unsafe header(position)
        let word = unsafe header.half().pointee.load(ordering: .acquiring)
        if word & Self.busy != 0 { break }
        let length = word & ~Self.discarded
        if word & Self.discarded == 0 {
          let bytes = unsafe UnsafeRawBufferPointer(
            start: header + Int(Self.headerByteCount),
            count: Int(length)
          )
          body(unsafe bytes.bytes)
          count += 1
        }
        position &+= (UInt64(length) &+ Self.headerByteCount &+ 7) & ~7
        if removing { consumer.store(position, ordering: .releasing) }
      }
      return count
    }
  }

  private func header(_ position: UInt64) -> UnsafeMutableRawPointer {
    unsafe storage.base + Int(position & mask)
  }
}
