/// The calls that Linux gives to every type of program, XDP's among them.
///
/// They are Linux 6.18's. What a program type has of its own, such as XDP's packets and sockets, is with that type.
public enum GeneralPrototypes {
  /// The helpers, `bpf_tail_call` too, on a machine with so many processors.
  public static func helpers(processorCount: Int) -> [CallPrototype] {
    [
      MapHelpers.all, RingBufferHelpers.all, DynptrHelpers.all, TextHelpers.all, ControlHelpers.all,
      HostHelpers.all(processorCount: processorCount), TaskHelpers.all,
    ].flatMap(\.self)
  }

  /// The kernel functions.
  public static let functions: [CallPrototype] = [
    ObjectFunctions.all, KernelObjectFunctions.all, DynptrFunctions.all, TextFunctions.all,
    ControlFunctions.all, IteratorFunctions.all,
  ].flatMap(\.self)
}
