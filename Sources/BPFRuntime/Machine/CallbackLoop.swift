/// A function of the program that a helper calls again and again (`bpf_loop`, `bpf_for_each_map_elem`).
///
/// The helper only says what is to be called. The engine calls the function as the program would, with a stack frame of
/// its own, and comes back here after each call: no call of the host's nests, however often and deep programs loop.
@unsafe struct CallbackLoop {
  /// The slot of the function.
  var function = 0
  /// Calls made so far.
  var count: UInt64 = 0
  /// Calls to make, if none answers other than 0.
  var limit: UInt64 = 0
  /// What the program wants to be passed along.
  var context: UInt64 = 0
  /// The elements to be shown, or nil to count.
  var walk: Unmanaged<ElementWalk>? = nil
  /// The map of the elements, as the program named it.
  var map: UInt64 = 0
  /// The call of the helper: where the program goes on after it.
  var call: UnsafeRawPointer? = nil
}
