extension HelperTable {
  /// The helpers and kernel functions that need no hook: maps, ring buffers, loops, locks, iterators, dynptrs, text, time,
  /// random numbers, the CPU, printing.
  ///
  /// `bpf_tail_call` is no helper but a step of the engine.
  public static let general = HelperTable(
    MapHelpers.all + RingBufferHelpers.all + LoopHelpers.all + LockHelpers.all + TimerHelpers.all
      + DynptrHelpers.all
      + DynptrFunctions.all + IteratorFunctions.all + SectionFunctions.all + TextHelpers.all
      + TextFunctions.all + PrintHelpers.all + HostHelpers.all
  )
}
