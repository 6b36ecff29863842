/// How deep the frames of a program's calls may lie on each other.
struct StackDepth {
  /// The most bytes of a chain of frames (`MAX_BPF_STACK`).
  static let mostBytes = 512
  /// The most functions in a chain of calls (`MAX_CALL_FRAMES`).
  static let mostFrames = 8
  /// A function with this many bytes of frames above it must not tail-call.
  static let tailCallBytes = 256
  /// What each frame is rounded up to.
  static let alignment = 16

  let functions: [FunctionRange]

  init(_ functions: [FunctionRange]) { self.functions = functions }
}
