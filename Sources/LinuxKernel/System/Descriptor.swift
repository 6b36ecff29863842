import SystemPackage

/// A file descriptor with one owner, closed when the owner goes.
struct Descriptor: ~Copyable, Sendable {
  /// The number.
  let rawValue: Int32

  /// Takes over a number that a system call gave.
  init(owning rawValue: Int32) { self.rawValue = rawValue }

  deinit { try? FileDescriptor(rawValue: rawValue).close() }
}
