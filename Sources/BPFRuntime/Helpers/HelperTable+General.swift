extension HelperTable {
  /// The helpers that need no hook: maps, ring buffers, time, random numbers, the CPU, printing.
  ///
  /// `bpf_tail_call` is no helper but a step of the engine.
  public static let general = HelperTable(MapHelpers.all + RingBufferHelpers.all + HostHelpers.all)
}
