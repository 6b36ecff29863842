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

  // Values: what is known of registers and memory where they are used.

  /// A register is written before it is read.
  case uninitializedRegister
  /// The frame pointer is not written.
  case framePointerIsReadOnly
  /// A shift is by less than the operand's bits.
  case shiftTooFar
  /// A constant divisor is not zero.
  case divisionByZero
  /// Pointers are only added to and subtracted from.
  case pointerArithmetic
  /// A pointer's offset stays within bounds that cannot overflow.
  case pointerOffset
  /// A pointer that may be null is compared with null before it is used.
  case mayBeNull
  /// Memory is accessed through a pointer.
  case notAPointer
  /// Memory of a pointer's kind is accessed as it may be.
  case forbiddenAccess
  /// A packet is accessed within what a comparison with its end has shown.
  case packetBounds
  /// A map's value is accessed within its size.
  case valueBounds
  /// Other memory is accessed within its size.
  case memoryBounds
  /// A variable offset has bounds.
  case unboundedOffset
  /// A variable offset is not negative.
  case negativeOffset
  /// The stack is accessed within its 512 bytes.
  case stackBounds
  /// The stack is read where it was written.
  case uninitializedStack
  /// A pointer is spilled and filled whole.
  case partialSpill
  /// An access is aligned where it must be.
  case misalignedAccess
  /// The context's fields are accessed whole, where the program has them.
  case contextAccess
  /// A context pointer is used as it was given.
  case modifiedContext
  /// Memory is not written that only is to be read.
  case readOnlyMemory
  /// An engine's field in a value is left to helpers.
  case specialField
  /// A load is through one kind of pointer, whatever the way there.
  case mixedPointers
  /// A pointer to a stack frame does not outlive it.
  case escapingStackPointer

  // Calls

  /// A call is of a helper that programs of this type may call.
  case unknownHelper
  /// A call is of a kernel function that programs of this type may call.
  case unknownFunction
  /// A helper for programs under the GPL is called by such a program.
  case gplOnly
  /// An argument is what the call wants.
  case badArgument
  /// A size argument has bounds that the memory keeps.
  case badSize
  /// A map is of a kind that the call works on.
  case wrongMapType
  /// A map fits the program's kind.
  case incompatibleMap
  /// What was taken is given back.
  case unreleasedReference
  /// What is given back was taken.
  case notAReference
  /// Locks are taken and released in pairs, and little is done in between.
  case lockDiscipline
  /// Sections are ended that were begun.
  case sectionDiscipline
  /// An iterator is made before it is used, and destroyed.
  case iteratorDiscipline
  /// A dynptr is made before it is used.
  case dynptrDiscipline
  /// A callback returns what its caller knows.
  case callbackResult
  /// A function returns a number.
  case badResult
  /// A callback or global function has a type that tells what it gets.
  case missingType

  // Termination

  /// A loop makes progress.
  case infiniteLoop
  /// A program is followed within a million instructions.
  case tooComplex
  /// The kernel does not do it.
  case unsupported
}
