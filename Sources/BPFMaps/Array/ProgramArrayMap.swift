public import BPF
import Synchronization

/// `BPF_MAP_TYPE_PROG_ARRAY`: what `bpf_tail_call` jumps to.
///
/// Programs can neither look into it nor change it. The control plane sees program ids.
///
/// Unsafe: key and value pointers are good for 4 bytes each; ids lie in words of the storage, one a position.
public final class ProgramArrayMap: IndexedMap, @unchecked Sendable {
  private let slots: ProgramSlots
  private let storage: MapStorage
  private let resolver = Guarded<ProgramResolver?>(nil)

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: 8)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    slots = try ProgramSlots(definition, memory)
    super.init(definition, cpuCount)
  }

  /// The program at a position; nil where there is none and out of range.
  public func program(at index: UInt32) -> AnyObject? {
    index < capacity ? slots[Int(index)] : nil
  }

  /// The id of the program at a position, or nil.
  public func programID(at index: UInt32) -> UInt32? {
    guard index < capacity else { return nil }
    let id = unsafe storage.base.word(Int(index) * 8).pointee.load(ordering: .acquiring)
    return id == 0 ? nil : UInt32(truncatingIfNeeded: id)
  }

  /// Puts a program at a position.
  ///
  /// Runs that read the old one go on with it.
  public func set(_ program: ProgramReference, id: UInt32, at index: UInt32) throws(MapError) {
    guard index < capacity else { throw refused("update", .tooBig, explanation(of: .tooBig)) }
    guard id != 0 else { throw refused("update", .invalid, "no program has the id 0") }
    replace(Int(index), program, id)
  }

  /// Says how updates by byte string find the program of the id that is their value.
  public func resolvePrograms(with resolver: @escaping ProgramResolver) {
    self.resolver.withLock { $0 = resolver }
  }

  /// Lets go of programs that were replaced or removed.
  ///
  /// No worker may still run what it found before.
  public func releaseReplacedPrograms() { slots.releaseReplaced() }

  /// Empties every position and lets go of all programs.
  ///
  /// They hold their maps: without this, neither ever dies.
  public func removeAllPrograms() {
    for index in 0..<capacity where programID(at: index) != nil { replace(Int(index), nil, 0) }
    releaseReplacedPrograms()
  }

  private func replace(_ index: Int, _ program: ProgramReference?, _ id: UInt32) {
    resolver.withLock { _ in
      slots.replace(index, with: program)
      unsafe storage.base.word(index * 8).pointee.store(UInt64(id), ordering: .releasing)
    }
  }

  // MARK: The control plane

  /// Copies the id of the program at a position.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer
  ) -> Int32 {
    guard let id = programID(at: unsafe position(key)) else { return LinuxErrno.noEntry.answer }
    unsafe value.storeBytes(of: id, as: UInt32.self)
    return 0
  }

  /// Puts the program of an id at a position.
  @unsafe public override func writeValue(
    _ key: UnsafeRawPointer,
    from value: UnsafeRawPointer,
    flags: UInt64
  ) -> Int32 {
    guard flags == 0 else { return LinuxErrno.invalid.answer }
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    let id = unsafe value.loadUnaligned(as: UInt32.self)
    guard id != 0, let program = resolver.withLock({ $0 })?(id) else {
      return LinuxErrno.badDescriptor.answer
    }
    replace(Int(index), program, id)
    return 0
  }

  /// Empties a position.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    guard programID(at: index) != nil else { return LinuxErrno.noEntry.answer }
    replace(Int(index), nil, 0)
    return 0
  }

  /// Says what is wrong with a program's id.
  public override func explanation(of code: LinuxErrno) -> String {
    code == .badDescriptor ? "the value is not the id of a program" : super.explanation(of: code)
  }
}
