/// The state of one function that is being run: its registers and its stack.
public struct Frame: Sendable {
  /// `r0` to `r10`.
  public var registers: [11 of RegisterState]
  /// The stack from the top.
  ///
  /// Slot 0 is the eight bytes at `r10 - 8`. Slots that were never written may be missing.
  public var stack: [StackSlot] = []
  /// The slot of the call that made the frame; -1 for the first one and for asynchronous callbacks.
  public var callSite: Int
  /// Which function it is, by its place in `CodeLayout.functions`.
  public var function: Int
  /// How it was called back, nil where it was not.
  public var callback: Callback?
  /// How often the call that it is at called back, on this path (`callback_depth`).
  public var callbackDepth = 0

  /// A function that a helper or kernel function calls.
  public struct Callback: Hashable, Sendable {
    /// The range that its result must be in.
    public var results: ClosedRange<Int32>
    /// Called later, from nobody's frame: a timer's or work queue's.
    public var isAsynchronous: Bool
    /// Compares nodes of a tree whose lock is held: it may not release the lock.
    public var comparesNodes: Bool

    /// Makes a description.
    public init(results: ClosedRange<Int32>, isAsynchronous: Bool = false, comparesNodes: Bool = false) {
      self.results = results
      self.isAsynchronous = isAsynchronous
      self.comparesNodes = comparesNodes
    }
  }

  /// Makes a frame with nothing in it but its frame pointer.
  public init(function: Int, number: Int, callSite: Int) {
    registers = [11 of RegisterState](repeating: .uninitialized)
    registers[10] = RegisterState(.stack, index: Int32(number))
    self.function = function
    self.callSite = callSite
  }

  /// How many bytes of stack are in use.
  public var stackByteCount: Int { stack.count * 8 }

  /// A slot, counted from the top; one that is missing was never written.
  public subscript(slot index: Int) -> StackSlot {
    get { index < stack.count ? stack[index] : .invalid }
    set {
      while stack.count <= index { stack.append(.invalid) }
      stack[index] = newValue
    }
  }
}
