/// A place where one function of the program refers to another.
struct FunctionCall: Hashable {
  /// How it refers to it.
  enum Kind: Hashable {
    /// `call`.
    case direct
    /// Its address is loaded; nothing is known to call it.
    case address
    /// Its address is loaded, for a helper that calls it back before it returns.
    case callback
    /// Its address is loaded, for something that calls it later, on a stack of its own.
    case asynchronous
  }

  /// The index of the function that the instruction is in.
  var caller: Int
  /// The index of the function that it refers to.
  var callee: Int
  /// The instruction's slot.
  var slot: Int
  /// How it refers to it.
  var kind: Kind
}
