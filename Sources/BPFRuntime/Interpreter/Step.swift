/// One slot of a program in the interpreter's dispatch form: 16 bytes, the code to run first.
///
/// A program has one step a slot, so branch offsets stay as they are; the second slot of a 64-bit immediate is a step
/// that only carries the upper half. Its invariant: `handler` is the address of a `Handler`, registers are below 11, and every
/// branch offset leads to a step of the same program that is not such a second half.
@unsafe struct Step {
  /// The address of the `Handler`.
  var handler: UInt
  var destination: UInt8
  var source: UInt8
  var offset: Int16
  var immediate: Int32

  init(
    _ handler: @escaping Handler,
    destination: UInt8 = 0,
    source: UInt8 = 0,
    offset: Int16 = 0,
    immediate: Int32 = 0
  ) {
    unsafe self.handler = unsafe unsafeBitCast(handler, to: UInt.self)
    unsafe self.destination = destination
    unsafe self.source = source
    unsafe self.offset = offset
    unsafe self.immediate = immediate
  }
}

/// The code of a step: its own address and the machine's in, the address of the next step out, nil at the end of a run.
typealias Handler = @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer) -> UnsafeRawPointer?

/// What handlers need of the program they run, at one address as long as its `Code` lives.
@unsafe struct CodeHeader {
  /// The first step.
  var steps: UnsafeMutablePointer<Step>
  /// Steps, the guard step at the end not counted.
  var count: Int
  /// The helper calls, by the immediate of a call step.
  var calls: UnsafeMutablePointer<HelperCall>
  /// Fields of the context, by the index in `RunState.context`.
  var fields: UnsafeMutablePointer<ContextField>
  var fieldCount: Int
  var contextByteCount: Int
  /// The index of the packet's first readable byte and of its end among the fields, or -1.
  var packetStart: Int
  var packetEnd: Int
  /// The `Code` that owns this.
  var owner: Unmanaged<Code>
}

/// A context field as the slow path of loads sees it.
struct ContextField {
  var offset: Int
  var byteCount: Int
  var isPacketPointer: Bool
}
