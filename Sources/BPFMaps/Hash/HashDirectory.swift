import CLinux
import Synchronization

/// Which element holds which key: buckets of one cache line, read by anyone, written under the map's lock.
///
/// A bucket has 12 slots. Its first 16 bytes are the control bytes: a tag for each slot, 0 where it is empty, else 7
/// bits of the key's hash; then how many keys of this or an earlier bucket had to go further (saturating: 255 stays), and a
/// 24-bit version. Then come the slots' element numbers, 4 bytes each. A key's home is the bucket that its hash
/// names; what does not fit goes to the next one.
///
/// Readers take no lock. A writer fills an element, then publishes its number, then its tag. What a reader found is good if the
/// bucket's version is still what it was before: the version changes whenever an element left the bucket, and only after
/// that is the element reused. If it has changed, the reader looks again; some writer got on meanwhile, so readers and
/// writers never wait for each other. (A version repeats after 16 million removals from one bucket.)
///
/// Unsafe: `buckets` and `elements` stay mapped for as long as the map that owns the directory; every number in a slot,
/// new or old, is below the number of elements.
@safe struct HashDirectory {
  /// Slots of a bucket.
  static let slotCount = 12
  /// The size of a bucket in bytes: a cache line.
  static let bucketByteCount = 64

  private let buckets: UnsafeMutableRawPointer
  private let mask: Int
  private let elements: UnsafeMutableRawPointer
  private let elementStride: Int

  /// Where a key was found.
  @safe struct Location {
    fileprivate var bucket: Int
    fileprivate var slot: Int
    /// The number of its element.
    var element: Int
    /// The address of its element.
    @unsafe var address: UnsafeMutableRawPointer
    /// Its place in the directory's order.
    var position: Int { bucket * HashDirectory.slotCount + slot }
  }

  /// Makes a directory of `bucketCount` buckets, a power of two, whose memory is zero.
  init(
    buckets: UnsafeMutableRawPointer,
    bucketCount: Int,
    elements: UnsafeMutableRawPointer,
    elementStride: Int
  ) {
    unsafe self.buckets = buckets
    mask = bucketCount - 1
    unsafe self.elements = elements
    self.elementStride = elementStride
  }

  /// How many buckets so many entries want: seven twelfths full or less, so that few overflow.
  static func bucketCount(for entries: Int) -> Int {
    var count = 1
    while count * 7 < entries { count *= 2 }
    return count
  }

  // MARK: Reading

  /// What one bucket says about a key.
  enum Answer {
    /// Here it is.
    case found(Location)
    /// It is nowhere.
    case absent
    /// It is not here, but keys went further.
    case further
  }

  /// Finds a key's element.
  func find<Key: HashKey>(_ key: Key, hash: UInt64) -> Location? {
    var bucket = home(hash)
    for _ in 0...mask {
      switch probe(bucket, for: key, hash) {
      case .found(let location): return location
      case .absent: return nil
      case .further: bucket = (bucket + 1) & mask
      }
    }
    return nil
  }

  /// Looks for a key in its home, where most are.
  @inline(__always) func probeHome<Key: HashKey>(for key: Key, _ hash: UInt64) -> Answer {
    probe(home(hash), for: key, hash)
  }

  /// Looks for a key in one bucket, again for as long as elements leave it meanwhile.
  @inline(__always) private func probe<Key: HashKey>(_ bucket: Int, for key: Key, _ hash: UInt64) -> Answer {
    let line = unsafe line(bucket), tag = Self.tag(hash)
    while true {
      // Acquiring: what was published before this is seen by all loads below.
      let second = unsafe line.word(8).pointee.load(ordering: .acquiring)
      var candidates = unsafe clinux_equal_bytes(line, tag) & (1 << UInt32(Self.slotCount) - 1)
      while candidates != 0 {
        let slot = candidates.trailingZeroBitCount
        let element = Int(unsafe line.half(Self.offset(slot)).pointee.load(ordering: .acquiring))
        let address = unsafe elements + element &* elementStride
        if unsafe key.matches(address) {
          guard unsafe isUnchanged(line, second) else { break }
          return unsafe .found(Location(bucket: bucket, slot: slot, element: element, address: address))
        }
        candidates &= candidates &- 1
      }
      guard unsafe isUnchanged(line, second) else { continue }
      return Self.overflow(second) == 0 ? .absent : .further
    }
  }

  /// Whether nothing left a bucket since its control bytes were read.
  @inline(__always) private func isUnchanged(_ line: UnsafeMutableRawPointer, _ second: UInt64) -> Bool {
    atomicMemoryFence(ordering: .acquiring)
    return unsafe (line.word(8).pointee.load(ordering: .relaxed) ^ second) >> Self.versionShift == 0
  }

  /// The first occupied slot, or the next one after a location.
  ///
  /// For writers.
  func next(after location: Location?) -> Location? { next(from: location.map { $0.position + 1 } ?? 0) }

  /// The first occupied slot at or after a position.
  ///
  /// For writers.
  func next(from position: Int) -> Location? {
    var bucket = position / Self.slotCount, slot = position % Self.slotCount
    while bucket <= mask {
      let line = unsafe line(bucket)
      let second = unsafe line.word(8).pointee.load(ordering: .relaxed) & 0xFFFF_FFFF
      let isEmpty = unsafe second | line.word(0).pointee.load(ordering: .relaxed) == 0
      while !isEmpty, slot < Self.slotCount {
        if unsafe tag(line, slot) != 0 {
          let element = Int(unsafe line.half(Self.offset(slot)).pointee.load(ordering: .relaxed))
          let address = unsafe elements + element &* elementStride
          return unsafe Location(bucket: bucket, slot: slot, element: element, address: address)
        }
        slot += 1
      }
      bucket += 1
      slot = 0
    }
    return nil
  }

  // MARK: Writing, under the map's lock

  /// Publishes an element under a key that is not there; there is a free slot.
  func insert(_ element: Int, hash: UInt64) {
    var bucket = home(hash)
    while true {
      let line = unsafe line(bucket)
      if let slot = (0..<Self.slotCount).first(where: { unsafe tag(line, $0) == 0 }) {
        unsafe line.half(Self.offset(slot)).pointee.store(UInt32(element), ordering: .releasing)
        unsafe setTag(line, slot, Self.tag(hash))
        return
      }
      unsafe addOverflow(line, 1)
      bucket = (bucket + 1) & mask
    }
  }

  /// Publishes another element under a key; its old one may be reused afterwards.
  func replace(_ location: Location, with element: Int) {
    let line = unsafe line(location.bucket)
    unsafe line.half(Self.offset(location.slot)).pointee.store(UInt32(element), ordering: .releasing)
    unsafe advanceVersion(line)
  }

  /// Removes a key; its element may be reused afterwards.
  func remove(_ location: Location, hash: UInt64) {
    let line = unsafe line(location.bucket)
    unsafe setTag(line, location.slot, 0)
    unsafe advanceVersion(line)
    var bucket = home(hash)
    while bucket != location.bucket {
      unsafe addOverflow(self.line(bucket), -1)
      bucket = (bucket + 1) & mask
    }
  }

  // MARK: The bucket's layout

  private static var overflowShift: UInt64 { 32 }
  private static var versionShift: UInt64 { 40 }

  @inline(__always) private static func tag(_ hash: UInt64) -> UInt8 {
    UInt8(truncatingIfNeeded: hash >> 56) | 0x80
  }
  @inline(__always) private static func offset(_ slot: Int) -> Int { 16 &+ slot &* 4 }
  @inline(__always) private static func overflow(_ second: UInt64) -> UInt64 {
    (second >> overflowShift) & 0xFF
  }
  /// The bucket where a key is looked for first.
  @inline(__always) func home(_ hash: UInt64) -> Int {
    Int(truncatingIfNeeded: hash) & mask
  }
  @inline(__always) private func line(_ bucket: Int) -> UnsafeMutableRawPointer {
    unsafe buckets + bucket &* Self.bucketByteCount
  }

  private func tag(_ line: UnsafeMutableRawPointer, _ slot: Int) -> UInt8 {
    let word = unsafe line.word(slot & 8).pointee.load(ordering: .relaxed)
    return UInt8(truncatingIfNeeded: word >> UInt64((slot & 7) * 8))
  }

  private func setTag(_ line: UnsafeMutableRawPointer, _ slot: Int, _ tag: UInt8) {
    let word = unsafe line.word(slot & 8), shift = UInt64((slot & 7) * 8)
    let others = unsafe word.pointee.load(ordering: .relaxed) & ~(0xFF << shift)
    unsafe word.pointee.store(others | UInt64(tag) << shift, ordering: .releasing)
  }

  private func addOverflow(_ line: UnsafeMutableRawPointer, _ change: Int) {
    let word = unsafe line.word(8), old = unsafe word.pointee.load(ordering: .relaxed)
    guard Self.overflow(old) < 255 else { return }
    let step = UInt64(bitPattern: Int64(change)) << Self.overflowShift
    unsafe word.pointee.store(old &+ step, ordering: .releasing)
  }

  /// After this, elements that left the bucket may be written.
  private func advanceVersion(_ line: UnsafeMutableRawPointer) {
    let word = unsafe line.word(8), old = unsafe word.pointee.load(ordering: .relaxed)
    unsafe word.pointee.store(old &+ 1 << Self.versionShift, ordering: .releasing)
    atomicMemoryFence(ordering: .releasing)
  }
}
