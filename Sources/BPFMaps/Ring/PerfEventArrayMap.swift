public import BPF

/// `BPF_MAP_TYPE_PERF_EVENT_ARRAY`: records from programs to a reader for each CPU (`bpf_perf_event_output`).
///
/// In the kernel a control plane installs a perf event of a CPU under an index. Here it opens a reader there, with `open`
/// and not by an update, for there are no descriptors; without one, output is `ENOENT`. A reader's ring holds as much as the
/// kernel's of the same size; what does not fit is lost and counted. `BPF_F_PRESERVE_ELEMS` changes nothing: readers stay
/// until they are closed.
///
/// One thread at a time is at a reader, behind its lock.
public final class PerfEventArrayMap: IndexedMap, @unchecked Sendable {
  /// A record: what the program gave, and of the packet as much as it asked for, one after the other.
  public typealias Record = [UInt8]

  private struct Reader {
    var records: [Record] = []
    var byteCount = 0
    var lostCount: UInt64 = 0
    /// Whether the next record is to be preceded by one that says how many were lost.
    var owesNotice = false
    let capacity: Int

    /// Appends a record, as long as a byte of the ring stays free.
    mutating func append(_ record: Record) -> Bool {
      let size =
        PerfEventArrayMap.headerByteCount + PerfEventArrayMap.lengthByteCount
        + PerfEventArrayMap.paddedByteCount(record.count) + (owesNotice ? PerfEventArrayMap.lossByteCount : 0)
      guard byteCount + size < capacity else {
        lostCount += 1
        owesNotice = true
        return false
      }
      records.append(record)
      byteCount += size
      owesNotice = false
      return true
    }
  }

  /// `struct perf_event_header`, the length of a sample's bytes, and a whole `PERF_RECORD_LOST`.
  private static let headerByteCount = 8, lengthByteCount = 4, lossByteCount = 24
  private let readers = Guarded<[UInt32: Reader]>([:])

  /// The bytes of a record as a reader in the kernel gets it: with its length of 4 bytes it is padded to 8.
  ///
  /// What the padding holds is nobody's promise.
  public static func paddedByteCount(_ count: Int) -> Int {
    ((count + lengthByteCount + 7) & ~7) - lengthByteCount
  }

  /// Whether a reader in the kernel that got a record was given the same as one here.
  public static func isSame(_ record: Record, asPadded kernels: Record) -> Bool {
    kernels.count == paddedByteCount(record.count) && kernels.starts(with: record)
  }

  /// Opens a reader for an index, with a ring of so many bytes; one that is open stays as it is.
  public func open(at index: UInt32, byteCount: Int = 1 << 20) throws(MapError) {
    guard index < capacity else { throw refused("open", .tooBig, explanation(of: .tooBig)) }
    readers.withLock { readers in
      if readers[index] == nil { readers[index] = Reader(capacity: byteCount) }
    }
  }

  /// Opens a reader for every CPU that has an index.
  public func openAll(byteCount: Int = 1 << 20) {
    for cpu in 0..<min(cpuCount, Int(capacity)) { try? open(at: UInt32(cpu), byteCount: byteCount) }
  }

  /// Closes the reader of an index; its records are gone.
  public func close(at index: UInt32) { readers.withLock { $0[index] = nil } }

  /// Takes all records of a reader out, oldest first.
  public func takeRecords(at index: UInt32) -> [Record] {
    readers.withLock { readers in
      let records = readers[index]?.records ?? []
      readers[index]?.records = []
      readers[index]?.byteCount = 0
      return records
    }
  }

  /// All records: by index, and oldest first for each.
  public override func records() -> [Record] {
    readers.withLock { readers in readers.keys.sorted().flatMap { readers[$0]?.records ?? [] } }
  }

  /// Takes all records out: by index, and oldest first for each.
  public override func takeRecords() -> [Record] {
    readers.withLock { $0.keys.sorted() }.flatMap { takeRecords(at: $0) }
  }

  /// How many records did not fit a reader.
  public func lostCount(at index: UInt32) -> UInt64 { readers.withLock { $0[index]?.lostCount ?? 0 } }

  /// Whether output for an index has a reader: 0, `E2BIG` out of range, `ENOENT` without, `EOPNOTSUPP` where it is another CPU's.
  public func admission(of index: UInt32, cpu: Int) -> Int32 {
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    guard readers.withLock({ $0[index] != nil }) else { return LinuxErrno.noEntry.answer }
    return Int(index) == cpu ? 0 : LinuxErrno.notSupported.answer
  }

  /// Hands a record to the reader of an index; `ENOSPC` where it does not fit.
  public func output(_ record: Record, at index: UInt32) -> Int32 {
    readers.withLock { readers in
      switch readers[index]?.append(record) {
      case nil: LinuxErrno.noEntry.answer
      case true?: 0
      case false?: LinuxErrno.noSpace.answer
      }
    }
  }

  // MARK: The control plane

  /// There are no events with descriptors here.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    guard flags == 0 else { return LinuxErrno.invalid.answer }
    return unsafe position(key) < capacity ? LinuxErrno.badDescriptor.answer : LinuxErrno.tooBig.answer
  }

  /// Closes a reader.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    return readers.withLock { $0.removeValue(forKey: index) == nil } ? LinuxErrno.noEntry.answer : 0
  }

  /// Says how to open a reader.
  public override func explanation(of code: LinuxErrno) -> String {
    code == .badDescriptor ? "readers are opened, not stored" : super.explanation(of: code)
  }
}
