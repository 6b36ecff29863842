public import BPF

/// `BPF_MAP_TYPE_PROG_ARRAY`: what `bpf_tail_call` jumps to.
///
/// Programs can neither look into it nor change it. The control plane sees program ids.
///
/// Unsafe: a program that is read without a lock is used only until the batch ends (`BatchBoundary`).
public final class ProgramArrayMap: ReferenceArrayMap, ProgramHolder, @unchecked Sendable {
  private let resolver = Guarded<ProgramResolver?>(nil)

  /// The program at a position, for a worker in a batch; nil where there is none and out of range.
  public func program(at index: UInt32) -> AnyObject? {
    guard index < capacity, let address = unsafe slots.address(Int(index)) else { return nil }
    return unsafe Unmanaged<AnyObject>.fromOpaque(address).takeUnretainedValue()
  }

  /// The id of the program at a position, or nil.
  public func programID(at index: UInt32) -> UInt32? { id(at: index) }

  /// Puts a program at a position.
  ///
  /// Runs that read the old one go on with it; the update returns after them.
  public func set(_ program: ProgramReference, id: UInt32, at index: UInt32) throws(MapError) {
    guard index < capacity else { throw refused("update", .tooBig, explanation(of: .tooBig)) }
    guard id != 0 else { throw refused("update", .invalid, "no program has the id 0") }
    replace(Int(index), program, id)
  }

  /// Says how updates by byte string find the program of the id that is their value.
  public func resolvePrograms(with resolver: @escaping ProgramResolver) {
    self.resolver.withLock { $0 = resolver }
  }

  /// Empties every position and lets go of all programs.
  ///
  /// They hold their maps: without this, neither ever dies.
  public func removeAllPrograms() { removeAll() }

  override func resolve(_ id: UInt32) -> Result<any AnyObject & Sendable, LinuxErrno> {
    guard id != 0, let program = resolver.withLock({ $0 })?(id) else { return .failure(.badDescriptor) }
    return .success(program)
  }

  /// Says what is wrong with a program's id.
  public override func explanation(of code: LinuxErrno) -> String {
    code == .badDescriptor ? "the value is not the id of a program" : super.explanation(of: code)
  }
}
