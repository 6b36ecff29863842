import BPF
import Synchronization

/// The fields of a map's values that belong to the engine: a spin lock, a timer, what else programs cannot touch.
///
/// Copies leave these bytes alone, and a value that is read has zeros there. A copy under the lock (`BPF_F_LOCK`) is
/// whole: nobody else who takes the lock, be it a program by `bpf_spin_lock`, is in the value meanwhile. The lock is a word
/// that is 0 while it is free and 1 while it is taken.
///
/// Unsafe: a value's address is word-aligned and good for `byteCount` bytes; fields are whole, aligned words in it.
struct ValueFields {
  private let byteCount: Int
  private let fields: [KernelField]
  private let lockOffset: Int?
  /// For each 4-byte word of a value, whether it is a field's.
  private let isField: [Bool]

  /// The fields of a map's values, nil where they have none.
  init?(_ definition: MapDefinition) {
    guard !definition.fields.isEmpty else { return nil }
    byteCount = definition.valueSize
    fields = definition.fields.filter {
      $0.offset >= 0 && $0.offset % 4 == 0 && $0.offset + $0.kind.byteCount <= definition.valueSize
    }
    lockOffset = fields.first { $0.kind == .spinLock }?.offset
    var isField = [Bool](repeating: false, count: definition.valueSize / 4)
    for field in fields {
      for word in 0..<field.kind.byteCount / 4 { isField[field.offset / 4 + word] = true }
    }
    self.isField = isField
  }

  /// Whether there is a lock that `BPF_F_LOCK` can mean.
  var hasLock: Bool { lockOffset != nil }

  /// Fills a value that nobody sees yet: its lock is free, its timers are none.
  @unsafe func initialize(_ value: UnsafeMutableRawPointer, from source: UnsafeRawPointer) {
    unsafe value.storeWords(from: source, byteCount: byteCount)
    for word in isField.indices where isField[word] {
      unsafe value.half(word * 4).pointee.store(0, ordering: .relaxed)
    }
  }

  /// Overwrites a value but for the fields.
  @unsafe func store(_ source: UnsafeRawPointer, to value: UnsafeMutableRawPointer, locked: Bool) {
    let lock = unsafe locked ? lock(of: value) : nil
    lock?.lock()
    for word in isField.indices where !isField[word] {
      let bits = unsafe source.loadUnaligned(fromByteOffset: word * 4, as: UInt32.self)
      unsafe value.half(word * 4).pointee.store(bits, ordering: .relaxed)
    }
    for place in (byteCount & ~3)..<byteCount {
      let byte = unsafe (value + place).assumingMemoryBound(to: Atomic<UInt8>.self)
      unsafe byte.pointee.store(source.load(fromByteOffset: place, as: UInt8.self), ordering: .relaxed)
    }
    lock?.unlock()
  }

  /// Copies a value, with zeros for the fields.
  @unsafe func load(_ value: UnsafeMutableRawPointer, to destination: UnsafeMutableRawPointer, locked: Bool) {
    let lock = unsafe locked ? lock(of: value) : nil
    lock?.lock()
    unsafe value.loadWords(to: destination, byteCount: byteCount)
    lock?.unlock()
    for word in isField.indices where isField[word] {
      unsafe destination.storeBytes(of: 0, toByteOffset: word * 4, as: UInt32.self)
    }
  }

  /// The lock of a value; nil where it has none.
  @unsafe private func lock(of value: UnsafeMutableRawPointer) -> SpinLockWord? {
    lockOffset.map { SpinLockWord(at: UInt64(UInt(bitPattern: unsafe value + $0))) }
  }
}
