/// What a helper takes and gives: data for the verifier, for the interpreter's argument checks and for messages.
///
/// The interpreter turns every pointer argument into a checked host address before the helper runs, by this
/// prototype; verified code calls the same helper without checks.
public struct HelperPrototype: Hashable, Sendable {
  /// An argument, in order from `r1`.
  public enum Argument: Hashable, Sendable {
    /// Any value.
    case scalar
    /// The program's context.
    case context
    /// A map; the later key, value and record arguments are of this one.
    case map
    /// Readable bytes, `keySize` of the map.
    case mapKey
    /// Readable bytes, `valueSize` of the map.
    case mapValue
    /// Writable bytes, `valueSize` of the map; of a bloom filter readable ones.
    case mapValueOut
    /// Readable bytes, as many as the next argument says.
    case readableMemory
    /// Writable bytes, as many as the next argument says.
    case writableMemory
    /// As `readableMemory`, but null is allowed when the size is 0.
    case readableMemoryOrNull
    /// The size of the memory argument before it, at least 1.
    case size
    /// The size of the memory argument before it, 0 allowed.
    case sizeOrZero
    /// A record that `bpf_ringbuf_reserve` gave.
    case ringRecord
    /// Writable memory of this many bytes, such as the result of `bpf_strtol`.
    case writableFixed(Int)
    /// Readable memory of this many bytes.
    case readableFixed(Int)
    /// A function of the program, called back; the helper gets its slot.
    case callback
    /// Text that ends with a NUL inside the object that it lies in.
    case string
    /// Text that ends with a NUL, or after as many bytes as the next argument says.
    case stringPrefix
    /// Readable 8-byte words, as many as the next argument says; null and what is beyond 511 words are the helper's to refuse.
    case readableWords
    /// Writable bytes of a map's value, as many as the next argument says.
    case mapValueMemory
    /// Writable bytes, as many as the next argument says, or null.
    case optionalBuffer
    /// So many bytes of a stack frame, aligned to 8, that only helpers know the meaning of: an iterator, a dynptr.
    case stackObject(Int)
    /// The engine's own field of a map value, exactly where it lies.
    case kernelField(KernelField.Kind)
  }

  /// What `r0` holds afterwards.
  public enum Result: Hashable, Sendable {
    /// A number, negative for an error.
    case integer
    /// Nothing of use.
    case void
    /// A pointer to a value of the map argument, or null; of a map of maps the map.
    case mapValueOrNull
    /// A pointer to as many bytes as the second argument says, or null; must be given back.
    case ringRecordOrNull
    /// A pointer to memory of which the helper tells the engine size and access, or null.
    case memoryOrNull
    /// How many times a function of the program was called back, or an error.
    case callbackCount
  }

  /// The number in `enum bpf_func_id`; 0 for a kernel function, which has only a name.
  public var id: UInt32
  /// The C name, such as `bpf_map_lookup_elem`.
  public var name: String
  /// At most five.
  public var arguments: [Argument]
  /// What comes back in `r0`.
  public var result: Result
  /// Packet pointers are stale after the call.
  public var changesPacket: Bool
  /// Only for programs whose license is compatible with the GPL.
  public var isGPLOnly: Bool

  /// Makes a prototype.
  public init(
    _ id: UInt32,
    _ name: String,
    _ arguments: [Argument],
    _ result: Result,
    changesPacket: Bool = false,
    isGPLOnly: Bool = false
  ) {
    self.id = id
    self.name = name
    self.arguments = arguments
    self.result = result
    self.changesPacket = changesPacket
    self.isGPLOnly = isGPLOnly
  }

  /// The prototype of a kernel function.
  public static func function(
    _ name: String,
    _ arguments: [Argument],
    _ result: Result,
    changesPacket: Bool = false
  ) -> HelperPrototype {
    HelperPrototype(0, name, arguments, result, changesPacket: changesPacket)
  }
}
