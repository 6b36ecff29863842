import BPFMaps

/// The iterators and dynptrs of a run: what the bytes on a program's stack stand for that only helpers know the meaning of.
///
/// On the stack lies nothing but a name, 8 bytes that this machine gave out once, good only at the very place that it
/// was given out for. So a program can lose an object, by writing over its name, and never make one up. Its invariant:
/// `entries` and `values` have `capacity` elements from `init` to `deinit`, and an entry's `place` is 0 or the
/// address of 8 bytes of the machine's stack.
@safe final class StackObjects {
  /// What an object is.
  enum Kind: UInt8 {
    case numbers, bits, memory, record, packet, null, interruptFlags

    /// Whether it is a dynptr.
    var isDynptr: Bool {
      switch self {
      case .memory, .record, .packet, .null: true
      case .numbers, .bits, .interruptFlags: false
      }
    }
  }

  /// One object.
  @safe struct Entry {
    var kind = Kind.null
    /// The host address of its name; 0 for none.
    var place: UInt64 = 0
    var name: UInt64 = 0
    /// Of a dynptr: its memory's first byte, as a host address; 0 for a packet.
    var base: UInt64 = 0
    /// Where a dynptr begins within its memory; the last number that an iterator gave.
    var offset: Int64 = 0
    /// The bytes of a dynptr; one past the last number of an iterator.
    var end: Int64 = 0
    /// Of a dynptr: whether it may only be read.
    var isReadOnly = false
    /// Of a dynptr: whom its memory goes with.
    var owner: UInt32 = 0
  }

  /// As many as there are 8-byte places on all frames.
  static let capacity = StackFrame.limit * StackFrame.byteCount / 8

  private let entries: UnsafeMutablePointer<Entry>
  private let values: UnsafeMutablePointer<Int32>
  private var words: [Int: [UInt64]] = [:]
  private var used = 0
  private var serial: UInt64 = 0
  private var nextOwner = MemoryLoan.firstOwner

  init() {
    unsafe entries = .allocate(capacity: Self.capacity)
    unsafe entries.initialize(repeating: Entry(), count: Self.capacity)
    unsafe values = .allocate(capacity: Self.capacity)
    unsafe values.initialize(repeating: 0, count: Self.capacity)
  }

  deinit {
    unsafe entries.deallocate()
    unsafe values.deallocate()
  }

  /// The state of an object.
  subscript(index: Int) -> Entry {
    get { unsafe entries[index] }
    set { unsafe entries[index] = newValue }
  }

  /// A number for memory that is lent together.
  func makeOwner() -> UInt32 {
    nextOwner &+= 1
    if nextOwner < MemoryLoan.firstOwner { nextOwner = MemoryLoan.firstOwner }
    return nextOwner
  }

  /// Makes an object of the bytes at a place, and writes its name there; nil where another may not be lost.
  func make(_ entry: Entry, at place: UInt64, byteCount: Int) -> Int? {
    if let old = find(place), self[old].kind == .record { return nil }
    guard let index = free(place), let memory = unsafe UnsafeMutableRawPointer(bitPattern: UInt(place)) else {
      return nil
    }
    serial &+= 1
    var entry = entry
    entry.place = place
    entry.name = serial &<< 16 | UInt64(index + 1)
    self[index] = entry
    words[index] = nil
    unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    unsafe memory.storeBytes(of: entry.name, as: UInt64.self)
    return index
  }

  /// The object whose name is at a place.
  func find(_ place: UInt64) -> Int? {
    guard let memory = unsafe UnsafeRawPointer(bitPattern: UInt(place)) else { return nil }
    let name = unsafe memory.loadUnaligned(as: UInt64.self)
    let index = Int(name & 0xffff) - 1
    guard index >= 0, index < used, self[index].place == place, self[index].name == name else { return nil }
    return index
  }

  /// The object of a kind whose name is at a place.
  func find(_ place: UInt64, _ kind: Kind) -> Int? {
    guard let index = find(place), self[index].kind == kind else { return nil }
    return index
  }

  /// Forgets an object, and its name on the stack.
  func destroy(_ index: Int) {
    if let memory = unsafe UnsafeMutableRawPointer(bitPattern: UInt(self[index].place)) {
      unsafe memory.storeBytes(of: 0, as: UInt64.self)
    }
    words[index] = nil
    self[index] = Entry()
    while used > 0, self[used - 1].place == 0 { used -= 1 }
  }

  /// Forgets every dynptr of an owner.
  func destroyAll(of owner: UInt32) {
    for index in 0..<used where self[index].place != 0 && self[index].owner == owner { destroy(index) }
  }

  /// Forgets every object, and gives back the records that nobody gave back.
  func clear() {
    var discarded: Set<UInt32> = []
    for index in 0..<used {
      if self[index].kind == .record, discarded.insert(self[index].owner).inserted { discardRecord(index) }
      self[index] = Entry()
    }
    used = 0
    words.removeAll(keepingCapacity: true)
  }

  /// The place where an iterator shows its number.
  func valueAddress(_ index: Int) -> UInt64 { unsafe UInt64(UInt(bitPattern: values + index)) }

  /// Shows a number.
  func show(_ value: Int32, _ index: Int) { unsafe values[index] = value }

  /// The words that an iterator over bits goes through.
  func bits(_ index: Int) -> [UInt64] { words[index] ?? [] }

  /// Gives an iterator its words.
  func setBits(_ bits: [UInt64], _ index: Int) { words[index] = bits }

  private func discardRecord(_ index: Int) {
    if let record = unsafe UnsafeMutableRawPointer(bitPattern: UInt(self[index].base)) {
      unsafe RingBufferMap.discard(record, flags: 0)
    }
  }

  /// An entry that holds nothing, or nothing that a stack still shows.
  private func free(_ place: UInt64) -> Int? {
    if let old = find(place) { return old }
    if used < Self.capacity {
      used += 1
      return used - 1
    }
    return (0..<used).first { index in
      guard self[index].kind != .record else { return false }
      return self[index].place == 0 || find(self[index].place) != index
    }
  }
}
