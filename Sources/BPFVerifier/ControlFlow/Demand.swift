import BPF

/// Which values the proof depends on: those that flow into an address, an argument of a call, or the end of a loop.
///
/// What is not demanded may be forgotten where ways meet. A branch outside loops demands nothing: whichever way it goes,
/// both are looked at. It is a guess in one direction only: a value that is demanded without need costs time, and one
/// that is missing here is found when a check fails for want of it.
///
/// Data flow goes backward through all functions at once: a call demands of its arguments what the function demands at
/// its start, and a function's result is demanded where one of its callers demands it. A slot is looked at again only when
/// something after it grew, so the time is linear in the program's size.
struct Demand {
  /// The registers that are demanded before each slot, bit by number.
  let registersBefore: [UInt16]
  /// The 8-byte slots of the function's own frame that are demanded before each slot, as `FrameSlots` numbers them.
  ///
  /// Only what is stored and loaded at constant places of the frame is known.
  let slotsBefore: [UInt64]
  /// How many slots were looked at; the tests hold it to a multiple of the program's size.
  let work: Int

  /// Finds what a program demands.
  ///
  /// - Parameters:
  ///   - layout: The program.
  ///   - flow: Its control flow.
  ///   - arguments: The argument registers, bit by number, whose values the call of a helper or a kernel function at a
  ///     slot depends on.
  ///   - checksResult: Whether what a function returns is checked; it is of those that are called back.
  init(
    _ layout: CodeLayout,
    _ flow: ControlFlow,
    arguments: (Int) -> UInt16 = { _ in RegisterUse.arguments },
    checksResult: (FunctionRange) -> Bool = { $0.isCallback || $0.isExceptionHandler }
  ) {
    var builder = DemandBuilder(layout, flow, checksResult: checksResult)
    builder.run(arguments)
    registersBefore = builder.before.map(\.registers)
    slotsBefore = builder.before.map(\.slots)
    work = builder.work
  }
}
