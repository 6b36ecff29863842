import BPF
import Synchronization

/// `BPF_MAP_TYPE_DEVMAP`: interfaces to redirect to, by position, each with a program of its own if it likes.
///
/// Any interface index is accepted: which ones there are, the data path knows. Programs can look and not write, so the
/// definition gets `BPF_F_RDONLY_PROG`, as in the kernel.
///
/// Unsafe: each position has one word, `ifindex` below and program id above, stored at once; 0 is an empty position.
public final class DevmapMap: IndexedMap, @unchecked Sendable {
  /// Where a packet goes.
  public struct Target: Hashable, Sendable {
    /// The interface, never 0.
    public var ifindex: UInt32
    /// The id of the program to run on the way out, 0 for none.
    public var programID: UInt32

    /// Makes a target.
    public init(ifindex: UInt32, programID: UInt32 = 0) {
      self.ifindex = ifindex
      self.programID = programID
    }
  }

  private let slots: ProgramSlots?
  private let storage: MapStorage
  private let resolver = Guarded<ProgramResolver?>(nil)

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: 8)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    slots = definition.valueSize == 8 ? try ProgramSlots(definition, memory) : nil
    var definition = definition
    definition.flags.insert(.readOnlyForPrograms)
    super.init(definition, cpuCount)
  }

  /// The target at a position; nil where there is none and out of range.
  public func target(at index: UInt32) -> Target? {
    guard index < capacity else { return nil }
    let word = unsafe word(Int(index)).pointee.load(ordering: .acquiring)
    return word == 0
      ? nil
      : Target(ifindex: UInt32(truncatingIfNeeded: word), programID: UInt32(truncatingIfNeeded: word >> 32))
  }

  /// The program of the target at a position, or nil.
  public func program(at index: UInt32) -> AnyObject? {
    index < capacity ? slots?[Int(index)] : nil
  }

  /// Says how updates find the program of the id in their value.
  public func resolvePrograms(with resolver: @escaping ProgramResolver) {
    self.resolver.withLock { $0 = resolver }
  }

  /// Lets go of programs that were replaced or removed.
  ///
  /// No worker may still run what it found before.
  public func releaseReplacedPrograms() { slots?.releaseReplaced() }

  /// Takes every target's program away and lets go of it.
  ///
  /// Programs hold their maps: without this, neither ever dies.
  public func removeAllPrograms() {
    for index in 0..<capacity {
      if let target = target(at: index), target.programID != 0 {
        replace(Int(index), Target(ifindex: target.ifindex), nil)
      }
    }
    releaseReplacedPrograms()
  }

  private func word(_ index: Int) -> UnsafePointer<Atomic<UInt64>> { unsafe storage.base.word(index &* 8) }

  private func replace(_ index: Int, _ target: Target?, _ program: ProgramReference?) {
    let value = target.map { UInt64($0.programID) << 32 | UInt64($0.ifindex) } ?? 0
    resolver.withLock { _ in
      slots?.replace(index, with: program)
      unsafe word(index).pointee.store(value, ordering: .releasing)
    }
  }

  // MARK: By pointers

  /// The target at a position as a program reads it, or nil.
  @unsafe public override func element(_ key: UnsafeRawPointer, cpu: Int) -> UnsafeMutableRawPointer? {
    let index = unsafe position(key)
    guard target(at: index) != nil else { return nil }
    return unsafe storage.base + Int(index) &* 8
  }

  /// Copies the target at a position.
  @unsafe public override func readValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer
  ) -> Int32 {
    guard let target = target(at: unsafe position(key)) else { return LinuxErrno.noEntry.answer }
    unsafe value.storeBytes(of: target.ifindex, as: UInt32.self)
    if definition.valueSize == 8 {
      unsafe value.storeBytes(of: target.programID, toByteOffset: 4, as: UInt32.self)
    }
    return 0
  }

  /// Puts a target at a position; the interface 0 empties it.
  @unsafe public override func store(
    _ key: UnsafeRawPointer,
    _ value: UnsafeRawPointer,
    flags: UInt64,
    cpu: Int
  ) -> Int32 {
    guard let mode = MapUpdateMode(flags) else { return LinuxErrno.invalid.answer }
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.tooBig.answer }
    if mode == .create { return LinuxErrno.exists.answer }

    let ifindex = unsafe value.loadUnaligned(as: UInt32.self)
    let isPair = definition.valueSize == 8
    let id = unsafe isPair ? value.loadUnaligned(fromByteOffset: 4, as: Int32.self) : 0
    guard id > 0 else {
      replace(Int(index), ifindex == 0 ? nil : Target(ifindex: ifindex), nil)
      return 0
    }
    guard ifindex != 0, let program = resolver.withLock({ $0 })?(UInt32(id)) else {
      return LinuxErrno.invalid.answer
    }
    replace(Int(index), Target(ifindex: ifindex, programID: UInt32(id)), program)
    return 0
  }

  /// Empties a position, empty or not.
  @unsafe public override func remove(_ key: UnsafeRawPointer, cpu: Int) -> Int32 {
    let index = unsafe position(key)
    guard index < capacity else { return LinuxErrno.invalid.answer }
    replace(Int(index), nil, nil)
    return 0
  }
}
