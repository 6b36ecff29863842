/// What a program must keep to; each refusal names one.
public enum Rule: String, Hashable, Sendable, CaseIterable {
  // Structure: what is seen without following the program.

  /// A program has at least one instruction.
  case emptyProgram
  /// A program has at most a million slots.
  case programTooLarge
  /// Every instruction is one that the kernel knows.
  case unknownInstruction
  /// A jump leads to a slot of the program.
  case jumpOutOfRange
  /// Nothing jumps to the second slot of a 64-bit immediate.
  case jumpIntoImmediate
  /// A jump stays in its function.
  case jumpBetweenFunctions
  /// A call leads to a slot of the program.
  case callOutOfRange
  /// The last instruction of a function is an exit or a jump.
  case fallsOffEnd
  /// Every instruction can be reached.
  case unreachableCode
  /// A program has at most 256 functions.
  case tooManyFunctions
  /// A program uses at most 64 maps.
  case tooManyMaps
  /// The function that handles exceptions is not called directly.
  case callsExceptionHandler

  // Calls: what is seen once the frames of all functions are known.

  /// No function calls itself, directly or through others.
  case recursion
  /// At most 8 functions are in the middle of a call.
  case tooManyFrames
  /// The frames of a chain of calls have 512 bytes together.
  case stackTooDeep
  /// A function that tail-calls has less than 256 bytes of frames above it.
  case tailCallTooDeep
  /// A function that is called back throws no exception.
  case throwsFromCallback
}
