public import BPF

/// `BPF_MAP_TYPE_QUEUE` and `BPF_MAP_TYPE_STACK`: values without keys, first in first out or last in first out.
///
/// A look-up copies the next value, an update adds one, `take` takes one out. One thread at a time is in it, behind a lock; so a value that is copied out is whole.
///
/// Unsafe: place `n` is at `base + n * stride` for every `n` below the capacity; only who holds the lock reads or writes.
@safe public final class QueueMap: KeylessMap, @unchecked Sendable {
  /// The values between the next one to go and the free places.
  private struct State {
    /// The place of the oldest value.
    var oldest = 0
    var count = 0
  }

  private let state = Guarded(State())
  private let storage: MapStorage
  private let stride: Int
  private let isStack: Bool

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    stride = StorageLayout.words(definition.valueSize)
    isStack = definition.type == .stack
    var layout = StorageLayout()
    _ = layout.append(definition.maxEntries, of: stride)
    storage = try MapStorage.reserve(layout, for: definition, memory: memory)
    super.init(definition: definition, cpuCount: cpuCount)
  }

  /// How many values there are.
  public var count: Int { state.withLock { $0.count } }

  /// The value that is `distance` places behind the oldest one.
  private func place(_ distance: Int, in state: State) -> UnsafeMutableRawPointer {
    unsafe storage.base + (state.oldest + distance) % definition.maxEntries * stride
  }

  /// Adds a value; to a full one only with `BPF_EXIST`, for which the oldest value goes.
  @unsafe public override func push(_ value: UnsafeRawPointer, flags: UInt64) -> Int32 {
    guard flags == 0 || flags == MapUpdateFlags.exist.rawValue else { return LinuxErrno.invalid.answer }
    return state.withLock { state in
      if state.count == definition.maxEntries {
        guard flags != 0 else { return LinuxErrno.tooBig.answer }
        state.oldest = (state.oldest + 1) % definition.maxEntries
        state.count -= 1
      }
      unsafe place(state.count, in: state).copyMemory(from: value, byteCount: definition.valueSize)
      state.count += 1
      return 0
    }
  }

  /// Takes the next value out.
  @unsafe public override func pop(into value: UnsafeMutableRawPointer) -> Int32 {
    unsafe next(into: value, removing: true)
  }

  /// Copies the next value.
  @unsafe public override func peek(into value: UnsafeMutableRawPointer) -> Int32 {
    unsafe next(into: value, removing: false)
  }

  @unsafe private func next(into value: UnsafeMutableRawPointer, removing: Bool) -> Int32 {
    state.withLock { state in
      guard state.count > 0 else {
        unsafe value.initializeMemory(as: UInt8.self, repeating: 0, count: definition.valueSize)
        return LinuxErrno.noEntry.answer
      }
      let place = unsafe place(isStack ? state.count - 1 : 0, in: state)
      unsafe value.copyMemory(from: place, byteCount: definition.valueSize)
      guard removing else { return 0 }
      if !isStack { state.oldest = (state.oldest + 1) % definition.maxEntries }
      state.count -= 1
      return 0
    }
  }

  // MARK: The control plane

  /// Takes the next value out.
  @unsafe override func takeValue(
    _ key: UnsafeRawPointer,
    into value: UnsafeMutableRawPointer,
    locked: Bool
  ) -> Int32 {
    unsafe pop(into: value)
  }

  /// Says that it is full.
  public override func explanation(of code: LinuxErrno) -> String {
    code == .tooBig ? "all \(definition.maxEntries) entries are in use" : ""
  }
}
