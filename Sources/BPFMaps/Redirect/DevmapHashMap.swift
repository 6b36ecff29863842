import BPF
import Synchronization

/// `BPF_MAP_TYPE_DEVMAP_HASH`: interfaces to redirect to, by any number, each with a program of its own if it likes.
///
/// As in the kernel, the interface 0 is `EINVAL`, and `BPF_EXIST` makes a target that was not there.
///
/// Unsafe: an element's value is the target's word, as programs read it; the slot of its number holds the program.
public final class DevmapHashMap: ReferenceHashMap, RedirectMap, ProgramHolder, @unchecked Sendable {
  private let programs = TargetPrograms()

  override init(
    _ definition: MapDefinition,
    _ cpuCount: Int,
    _ memory: MemoryLimit,
    _ seeds: HashSeeds
  ) throws(MapError) {
    var definition = definition
    definition.flags.formUnion(definition.type.impliedFlags)
    try super.init(definition, cpuCount, memory, seeds)
  }

  /// Says how updates find the program of the id in their value.
  public func resolvePrograms(with resolver: @escaping ProgramResolver) { programs.resolve(with: resolver) }

  /// Takes every target's program away and lets go of it.
  ///
  /// Programs hold their maps: without this, neither ever dies.
  public func removeAllPrograms() { slots.removeAll() }

  /// The target under a key, nil where there is none.
  public func target(for key: UInt32) -> RedirectEntry? {
    element(of: key).map {
      RedirectEntry(word: unsafe table.value($0).word().pointee.load(ordering: .acquiring))
    }
  }

  /// The program of the target under a key, for a worker in a batch.
  public func object(for key: UInt32) -> AnyObject? {
    guard let element = element(of: key), let address = unsafe slots.address(element) else { return nil }
    return unsafe Unmanaged<AnyObject>.fromOpaque(address).takeUnretainedValue()
  }

  /// The keys that have targets.
  public func targetKeys() -> [UInt32] {
    writer.withLock { _ in
      var keys: [UInt32] = [], place = 0
      while let found = unsafe table.next(from: place) {
        keys.append(unsafe table.address(found.element).half().pointee.load(ordering: .relaxed))
        place = found.place + 1
      }
      return keys
    }
  }

  private func element(of key: UInt32) -> Int? {
    unsafe withUnsafeBytes(of: key) { unsafe table.find($0.baseAddress.unsafelyUnwrapped) }
  }

  // MARK: By pointers

  /// The target under a key as a program reads it, or nil.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    unsafe table.value(key)
  }

  /// Puts a target under a key.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    let entry = unsafe programs.entry(value, byteCount: definition.valueSize)
    guard let mode = MapUpdateMode(flags), entry.number != 0 else { return LinuxErrno.invalid.answer }
    return changing {
      if unsafe mode == .create && table.find(key) != nil { return LinuxErrno.exists.answer }
      guard case .success(let program) = programs.program(of: entry) else { return LinuxErrno.invalid.answer }
      return unsafe replace(key) { writer in
        unsafe table.update(key, .any, inPlace: false, &writer) { element, _ in
          _ = slots.replace(element, with: program)
          unsafe table.value(element).word().pointee.store(entry.word, ordering: .relaxed)
        }
      }
    }
  }
}
