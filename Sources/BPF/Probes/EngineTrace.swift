/// What a run did, as far as any engine can show it: the instructions that it got to, and what registers held there.
public struct EngineTrace: Hashable, Sendable {
  /// One instruction.
  public struct Step: Hashable, Sendable {
    /// The index of its program among those that were loaded together.
    public var program: Int
    /// Its slot in the program.
    public var slot: Int
    /// What the registers held that it reads.
    public var values: [Value]

    /// Makes a step.
    public init(program: Int, slot: Int, values: [Value] = []) {
      self.program = program
      self.slot = slot
      self.values = values
    }
  }

  /// What a register held.
  public struct Value: Hashable, Sendable {
    /// The register.
    public var register: Register
    /// Its bits; of a pointer an address, which is the engine's own.
    public var bits: UInt64
    /// What a pointer points to; nil for a number, and for engines that cannot tell.
    public var place: String?

    /// Makes a value.
    public init(register: Register, bits: UInt64, place: String? = nil) {
      self.register = register
      self.bits = bits
      self.place = place
    }
  }

  /// How many steps came before those that were kept.
  public var omitted: UInt64
  /// The steps, the last ones of a long run.
  public var steps: [Step]

  /// Makes a trace.
  public init(omitted: UInt64 = 0, steps: [Step] = []) {
    self.omitted = omitted
    self.steps = steps
  }

  /// How many steps there were.
  public var count: UInt64 { omitted + UInt64(steps.count) }

  /// The step of a number, counted from 0; nil for one that was not kept, or behind the end.
  public subscript(number: UInt64) -> Step? {
    guard number >= omitted, number < count else { return nil }
    return steps[Int(number - omitted)]
  }
}
