import BPF

/// The programs that run on the way to targets: who finds them by id, and what a value asks for.
struct TargetPrograms: Sendable {
  private let resolver = Guarded<ProgramResolver?>(nil)

  /// Says how updates find the program of the id in their value.
  func resolve(with resolver: @escaping ProgramResolver) { self.resolver.withLock { $0 = resolver } }

  /// What a value of 4 or 8 bytes says: a number, and in its second half a program's id, none at or below 0.
  @unsafe func entry(_ value: UnsafeRawPointer, byteCount: Int) -> RedirectEntry {
    let id = unsafe byteCount == 8 ? value.loadUnaligned(fromByteOffset: 4, as: Int32.self) : 0
    return unsafe RedirectEntry(
      number: value.loadUnaligned(as: UInt32.self),
      programID: UInt32(max(0, id))
    )
  }

  /// The program of an entry: nil for none, a failure for an id that is no program's.
  func program(of entry: RedirectEntry) -> Result<ProgramReference?, NoProgram> {
    guard entry.programID != 0 else { return .success(nil) }
    guard let program = resolver.withLock({ $0 })?(entry.programID) else { return .failure(NoProgram()) }
    return .success(program)
  }

  /// There is no program of that id.
  struct NoProgram: Error {}
}
