import BPF
import CLinux
import Synchronization

/// The engine of all hash maps: a directory over a slab of elements, of a fixed capacity.
///
/// Look-ups take no lock (`HashDirectory` says why that works); updates hold the map's lock. There are more elements than
/// entries, so that an update can always fill a fresh one before it takes the old one's place.
///
/// Unsafe: element `n` is at `elements + n * stride`: the key padded to words, then the value, then the stamp of an LRU. Only the
/// element that `ElementPool` handed out is written, and only until it is published.
@safe final class HashTable: @unchecked Sendable {
  /// The first element.
  let elements: UnsafeMutableRawPointer
  /// From one element to the next, in bytes.
  let stride: Int
  /// The first element's value.
  private let values: UnsafeMutableRawPointer
  /// From a value to its stamp, in bytes, in an LRU.
  let stampOffset: Int
  /// What an LRU's stamps are taken from.
  let age: UnsafeMutableRawPointer
  /// How many elements there are: entries and spare ones.
  let elementCount: Int
  /// The bytes of a key.
  let keyByteCount: Int
  /// The most keys at one time.
  let capacity: Int

  /// From one bucket's row of elements to the next one's, in bytes; 0 where there are no rows.
  fileprivate let rowStride: Int
  fileprivate let directory: HashDirectory
  fileprivate let seeds: HashSeeds

  /// What only writers see.
  struct Writer {
    fileprivate var pool: ElementPool
    /// Instead of the pool, in a large table.
    fileprivate var rows: ElementRows?
    fileprivate var recency: RecencyList?
    /// How many keys there are.
    fileprivate(set) var count = 0

    /// Takes an element that nobody sees, one of a bucket's row if there are rows.
    fileprivate mutating func take(near bucket: Int) -> Int {
      rows?.take(near: bucket) ?? pool.take()
    }

    /// Gives back an element that nobody finds any more.
    fileprivate mutating func give(_ element: Int) {
      if rows == nil { pool.give(element) } else { rows?.give(element) }
    }
  }

  /// Where the parts of a table's storage lie.
  struct Shape {
    let spareCount: Int
    let elementCount: Int
    let valueOffset: Int
    let stampOffset: Int
    let stride: Int
    let bucketCount: Int
    let buckets: Int
    let elements: Int
    let links: Int
    let recencyLinks: Int
    let age: Int
    /// Whether elements lie in rows, one for each bucket.
    let hasRows: Bool

    /// Adds the parts to a layout.
    ///
    /// `valueByteCount` is what of a value lies in the element.
    init(
      _ definition: MapDefinition,
      cpuCount: Int,
      valueByteCount: Int,
      isLRU: Bool,
      in layout: inout StorageLayout
    ) {
      spareCount = HashTable.spareCount(cpuCount)
      valueOffset = StorageLayout.words(definition.keySize)
      stampOffset = valueOffset + StorageLayout.words(valueByteCount)
      stride = stampOffset + (isLRU ? 8 : 0)
      bucketCount = HashDirectory.bucketCount(for: definition.maxEntries)
      let rowsByteCount = StorageLayout.product(bucketCount, ElementRows.width * stride) ?? 0
      hasRows =
        valueByteCount > 0 && stride <= HashTable.rowStrideLimit && rowsByteCount >= HashTable.worthRows
      elementCount =
        hasRows
        ? bucketCount * ElementRows.width : HashTable.elementCount(definition, cpuCount: cpuCount)
      buckets = layout.append(bucketCount, of: HashDirectory.bucketByteCount)
      elements = layout.append(elementCount, of: stride)
      links = layout.append(elementCount, of: 4)
      recencyLinks = isLRU ? layout.append(elementCount, of: RecencyList.linkByteCount) : 0
      age = isLRU ? layout.append(8) : 0
    }
  }

  /// From how many bytes of elements on a table has rows: what a cache close to the processor holds no more.
  private static let worthRows = 1 << 20
  /// The largest elements that lie in rows: a row is six cache lines at most.
  private static let rowStrideLimit = 48

  private static func spareCount(_ cpuCount: Int) -> Int { max(16, 2 * cpuCount) }

  /// How many elements a map's table has: entries and spare ones.
  static func elementCount(_ definition: MapDefinition, cpuCount: Int) -> Int {
    definition.maxEntries + spareCount(cpuCount)
  }

  /// Makes an empty table in fresh storage.
  init(_ definition: MapDefinition, _ shape: Shape, in storage: MapStorage, _ seeds: HashSeeds) {
    unsafe elements = unsafe storage.base + shape.elements
    stride = shape.stride
    unsafe values = unsafe storage.base + (shape.elements + shape.valueOffset)
    stampOffset = shape.stampOffset - shape.valueOffset
    unsafe age = unsafe storage.base + shape.age
    elementCount = shape.elementCount
    keyByteCount = definition.keySize
    capacity = definition.maxEntries
    rowStride = shape.hasRows ? ElementRows.width * shape.stride : 0
    directory = unsafe HashDirectory(
      buckets: storage.base + shape.buckets,
      bucketCount: shape.bucketCount,
      elements: storage.base + shape.elements,
      elementStride: shape.stride
    )
    self.seeds = seeds
  }

  /// The writers' side of a fresh table.
  static func writer(_ shape: Shape, in storage: MapStorage, isLRU: Bool) -> Writer {
    let base = unsafe storage.base
    let pool = unsafe ElementPool(
      links: base + shape.links,
      capacity: shape.elementCount,
      reserve: shape.spareCount
    )
    let rows =
      unsafe shape.hasRows
      ? ElementRows(taken: base + shape.links, rowCount: shape.bucketCount, reserve: shape.spareCount) : nil
    guard isLRU else { return Writer(pool: pool, rows: rows) }
    let recency = unsafe RecencyList(
      links: base + shape.recencyLinks,
      stamps: base + (shape.elements + shape.stampOffset),
      stampStride: shape.stride,
      age: base + shape.age
    )
    return Writer(pool: pool, rows: rows, recency: recency)
  }

  /// The address of an element.
  @inline(__always) func address(_ element: Int) -> UnsafeMutableRawPointer {
    unsafe elements + element &* stride
  }

  /// The address of an element's value.
  @inline(__always) func value(_ element: Int) -> UnsafeMutableRawPointer {
    unsafe values + element &* stride
  }

  // MARK: Reading

  /// The number of the element that holds a key, or nil.
  @inline(__always) func find(_ key: UnsafeRawPointer) -> Int? {
    switch keyByteCount {
    case 4: unsafe find(Key4.self, key)
    case 8: unsafe find(Key8.self, key)
    case 16: unsafe find(Key16.self, key)
    default: unsafe find(KeyBytes.self, key)
    }
  }

  /// The value in the element that holds a key, or nil.
  @inline(__always) func value(_ key: UnsafeRawPointer) -> UnsafeMutableRawPointer? {
    switch keyByteCount {
    case 4: unsafe findValue(Key4.self, key, in: self)
    case 8: unsafe findValue(Key8.self, key, in: self)
    case 16: unsafe findValue(Key16.self, key, in: self)
    default: unsafe findValue(KeyBytes.self, key, in: self)
    }
  }

  @inline(never) private func find<Key: HashKey>(_: Key.Type, _ address: UnsafeRawPointer) -> Int? {
    let key = unsafe Key(address, byteCount: keyByteCount)
    return directory.find(key, hash: key.hash(seeds))?.element
  }

  /// Counts a use of an element, whose value is at an address, in an LRU.
  @inline(__always) func touch(_ value: UnsafeMutableRawPointer) {
    let stamp = unsafe value.half(stampOffset)
    let now = unsafe age.half().pointee.load(ordering: .relaxed)
    if unsafe stamp.pointee.load(ordering: .relaxed) != now {
      unsafe stamp.pointee.store(now, ordering: .relaxed)
    }
  }

  // MARK: Writing, under the map's lock

  /// What an update does with an element's value: fills a new one, or overwrites the one in use.
  enum Placement { case fresh, inUse }

  /// Stores under a key.
  ///
  /// `write` gets the element; one in use only if the table updates in place.
  func update(
    _ key: UnsafeRawPointer,
    _ mode: MapUpdateMode,
    inPlace: Bool,
    _ writer: inout Writer,
    write: (_ element: Int, _ placement: Placement) -> Void
  ) -> Int32 {
    switch keyByteCount {
    case 4: unsafe update(Key4(key, byteCount: 4), mode, inPlace, &writer, write)
    case 8: unsafe update(Key8(key, byteCount: 8), mode, inPlace, &writer, write)
    case 16: unsafe update(Key16(key, byteCount: 16), mode, inPlace, &writer, write)
    default:
      // Read more than once: to be hashed, compared and stored.
      unsafe key.withCopy(byteCount: keyByteCount) {
        unsafe update(KeyBytes($0, byteCount: keyByteCount), mode, inPlace, &writer, write)
      }
    }
  }

  @inline(__always) private func update<Key: HashKey>(
    _ key: Key,
    _ mode: MapUpdateMode,
    _ inPlace: Bool,
    _ writer: inout Writer,
    _ write: (Int, Placement) -> Void
  ) -> Int32 {
    let hash = key.hash(seeds)
    let found = directory.find(key, hash: hash)
    if let found = found {
      if mode == .create { return LinuxErrno.exists.answer }
      if inPlace {
        write(found.element, .inUse)
        writer.recency?.touch(found.element)
        return 0
      }
    } else {
      if mode == .replace { return LinuxErrno.noEntry.answer }
      if writer.count == capacity, !evict(Key.self, &writer) { return LinuxErrno.tooBig.answer }
    }
    let element = writer.take(near: directory.home(hash))
    unsafe key.store(to: address(element))
    write(element, .fresh)
    if let found = found {
      directory.replace(found, with: element)
      retire(found.element, &writer)
    } else {
      directory.insert(element, hash: hash)
      writer.count += 1
    }
    writer.recency?.insert(element)
    return 0
  }

  /// Removes the key that an LRU can do without; false for a table that is none.
  private func evict<Key: HashKey>(_: Key.Type, _ writer: inout Writer) -> Bool {
    guard let element = writer.recency?.evict() else { return false }
    let key = unsafe Key(address(element), byteCount: keyByteCount), hash = key.hash(seeds)
    guard let location = directory.find(key, hash: hash) else {
      preconditionFailure("an element in use is not in the directory")
    }
    directory.remove(location, hash: hash)
    writer.give(element)
    writer.count -= 1
    return true
  }

  /// Removes a key.
  func remove(_ key: UnsafeRawPointer, _ writer: inout Writer) -> Int32 {
    switch keyByteCount {
    case 4: unsafe remove(Key4(key, byteCount: 4), &writer)
    case 8: unsafe remove(Key8(key, byteCount: 8), &writer)
    case 16: unsafe remove(Key16(key, byteCount: 16), &writer)
    default: unsafe remove(KeyBytes(key, byteCount: keyByteCount), &writer)
    }
  }

  @inline(__always) private func remove<Key: HashKey>(_ key: Key, _ writer: inout Writer) -> Int32 {
    let hash = key.hash(seeds)
    guard let location = directory.find(key, hash: hash) else { return LinuxErrno.noEntry.answer }
    directory.remove(location, hash: hash)
    retire(location.element, &writer)
    writer.count -= 1
    return 0
  }

  private func retire(_ element: Int, _ writer: inout Writer) {
    writer.recency?.remove(element)
    writer.give(element)
  }

  /// Copies the key after this one in the directory's order, in which an update leaves a key where it is.
  func findKey(
    after key: UnsafeRawPointer?,
    into next: UnsafeMutableRawPointer,
    _ writer: borrowing Writer
  ) -> Int32 {
    guard writer.count > 0 else { return LinuxErrno.noEntry.answer }
    let start = unsafe key.flatMap { unsafe locate($0) }
    guard let location = directory.next(after: start) else { return LinuxErrno.noEntry.answer }
    unsafe address(location.element).loadWords(to: next, byteCount: keyByteCount)
    return 0
  }

  /// The first element at or after a position of the directory, with its position.
  func next(from place: Int) -> (place: Int, element: Int)? {
    directory.next(from: place).map { ($0.position, $0.element) }
  }

  private func locate(_ key: UnsafeRawPointer) -> HashDirectory.Location? {
    func find<Key: HashKey>(_ key: Key) -> HashDirectory.Location? {
      directory.find(key, hash: key.hash(seeds))
    }
    return switch keyByteCount {
    case 4: unsafe find(Key4(key, byteCount: 4))
    case 8: unsafe find(Key8(key, byteCount: 8))
    case 16: unsafe find(Key16(key, byteCount: 16))
    default: unsafe find(KeyBytes(key, byteCount: keyByteCount))
    }
  }
}

/// The value under a key, or nil.
///
/// Not a method: so the methods above end in a jump to it, and each size of key has the registers to itself.
@inline(never) private func findValue<Key: HashKey>(
  _: Key.Type,
  _ address: UnsafeRawPointer,
  in table: HashTable
) -> UnsafeMutableRawPointer? {
  unsafe table.lookUp(Key.self, address)
}

extension HashTable {
  /// The value under a key, or nil.
  @inline(__always) func lookUp<Key: HashKey>(
    _: Key.Type,
    _ address: UnsafeRawPointer
  ) -> UnsafeMutableRawPointer? {
    let key = unsafe Key(address, byteCount: keyByteCount), hash = key.hash(seeds)
    if rowStride != 0 {
      // The element is probably in the first cache line of the row, or else in the second.
      let row = unsafe elements + directory.home(hash) &* rowStride
      unsafe clinux_prefetch(row)
      unsafe clinux_prefetch(row + HashDirectory.bucketByteCount)
    }
    return switch directory.probeHome(for: key, hash) {
    case .found(let location): unsafe location.address + key.paddedByteCount
    case .absent: nil
    case .further: unsafe findFurtherValue(Key.self, address, in: self)
    }
  }
}

/// The value under a key that may be behind its home: begins anew, so that nothing is kept ready for this rare case.
@inline(never) private func findFurtherValue<Key: HashKey>(
  _: Key.Type,
  _ address: UnsafeRawPointer,
  in table: HashTable
) -> UnsafeMutableRawPointer? {
  let key = unsafe Key(address, byteCount: table.keyByteCount)
  guard let found = table.directory.find(key, hash: key.hash(table.seeds)) else { return nil }
  return unsafe table.value(found.element)
}
