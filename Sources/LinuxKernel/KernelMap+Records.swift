public import BPF

extension KernelMap {
  /// Opens a perf event on every CPU that a perf event array has an index for, with a ring of so many bytes: a power of two
  /// of pages.
  public func openReaders(byteCount: Int = 1 << 20) throws(MapError) {
    guard definition.type == .perfEventArray else {
      throw refusal("open readers", .invalid, "it is no perf event array")
    }
    var readers: [PerfEventReader] = []
    for cpu in 0..<min(cpuCount, definition.maxEntries) {
      let reader: PerfEventReader
      do throws(MappingFailure) {
        reader = try PerfEventReader(cpu: cpu, byteCount: byteCount)
      } catch { throw refusal("open readers", error.code) }
      let number = [UInt8](repeating: 0, count: 4)
        .replacingWord(at: 0, with: UInt32(bitPattern: reader.descriptor.rawValue))
      let key = [UInt8](repeating: 0, count: 4).replacingWord(at: 0, with: UInt32(cpu))
      try update(key, to: number)
      readers.append(reader)
    }
    eventReaders.withLock { $0 = readers }
  }

  /// How many records the kernel has told the readers of a perf event array that they missed.
  ///
  /// It tells before the next record that fits.
  public var lostRecordCount: UInt64 {
    eventReaders.withLock { $0.reduce(0) { $0 + $1.lostCount } }
  }

  /// What programs handed to a ring buffer, or to the readers of a perf event array.
  ///
  /// A record of a perf event has the kernel's padding: with its length of 4 bytes before it, it fills whole words of 8.
  public func records() throws(MapError) -> [[UInt8]] { try readRecords("records", removing: false) }

  /// Takes out what `records` gives.
  public func takeRecords() throws(MapError) -> [[UInt8]] { try readRecords("take records", removing: true) }

  private func readRecords(_ operation: String, removing: Bool) throws(MapError) -> [[UInt8]] {
    switch definition.type {
    case .ringBuffer: try readRing(operation, removing: removing)
    case .perfEventArray: eventReaders.withLock { $0.flatMap { $0.records(removing: removing) } }
    default: throw refusal(operation, .invalid, "it has none")
    }
  }

  /// A ring buffer's first page holds the reader's position, the second the programs'; then the ring follows twice.
  ///
  /// A record is a word with its length and, on top, whether it is still written (31) or was given up (30), another word,
  /// and its bytes, padded to 8.
  private func readRing(_ operation: String, removing: Bool) throws(MapError) -> [[UInt8]] {
    let page = SharedMapping.pageByteCount
    let size = definition.maxEntries
    let reader: SharedMapping, programs: SharedMapping
    do throws(MappingFailure) {
      reader = try SharedMapping(of: descriptor, byteCount: page, isWritable: true)
      programs = try SharedMapping(of: descriptor, from: page, byteCount: page + 2 * size)
    } catch { throw refusal(operation, error.code) }
    var records: [[UInt8]] = []
    var position = reader.position(at: 0)
    while position < programs.position(at: 0) {
      let place = page + Int(position % UInt64(size)), header = programs.word(at: place)
      if header >> 31 != 0 { break }
      let count = Int(header & (1 << 30 - 1))
      if header >> 30 == 0 { records.append(programs.bytes(at: place + 8, count: count)) }
      position += UInt64((count + 8 + 7) & ~7)
    }
    if removing { reader.store(position: position, at: 0) }
    return records
  }

  private func refusal(_ operation: String, _ code: LinuxErrno, _ detail: String = "") -> MapError {
    MapError(map: definition.name, operation: operation, code: code, detail: detail)
  }
}
