import ArgumentParser

/// What the command is to do one day and cannot do yet: bad usage, in words of its own.
enum NotYet {
  /// `--engine jit`, `inspect --jit`.
  static let jit = ValidationError(
    "machine code (jit) is not made yet; --engine interpreter runs the same programs"
  )
  /// `verify --kernel-version`.
  static let kernelVersions = ValidationError(
    "--kernel-version: older kernels are not modelled yet; the verdict is that of Linux 6.18, and --kernel asks the running one"
  )
}
