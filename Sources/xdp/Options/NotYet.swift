import ArgumentParser

/// What the command is to do one day and cannot do yet: bad usage, in words of its own.
enum NotYet {
  /// `exec --engine jit`, `inspect --jit`.
  static let jit = ValidationError(
    "machine code (jit) is only made by xdp test --engine jit yet"
  )
}
