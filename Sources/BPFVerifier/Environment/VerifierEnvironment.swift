public import BTF

/// What a type of program may do: its context, its calls, the kernel's types and limits.
public struct VerifierEnvironment: Sendable {
  /// The kernel that is modelled, such as `6.18`.
  public var name: String
  /// The context's fields.
  public var contextFields: [ContextField]
  /// The helpers by number.
  public var helpers: [UInt32: CallPrototype]
  /// The kernel functions by name.
  public var functions: [String: CallPrototype]
  /// The kernel's types, for loads through pointers to its objects; nil where they are not known: such loads are refused.
  public var kernelTypes: BTF?
  /// How many processors there may be.
  public var processorCount: Int
  /// Limits on work.
  public var limits: Limits

  /// Limits on work.
  public struct Limits: Hashable, Sendable {
    /// Instructions that are followed on all paths (`BPF_COMPLEXITY_LIMIT_INSNS`).
    public var processedInstructions = 1_000_000
    /// Branches that wait to be followed (`BPF_COMPLEXITY_LIMIT_JMP_SEQ`).
    public var pendingBranches = 8_192
    /// Registers and stack slots of the states that are kept at one time: what bounds memory, to about two gigabytes.
    ///
    /// Linux has no such limit; a million instructions of the worst program keep about ten million.
    public var keptValues = 16_000_000
    /// Makes Linux's limits.
    public init() {}

    /// Four times as much: what is followed where Linux need not be imitated.
    var extended: Self {
      var limits = self
      limits.processedInstructions *= 4
      limits.pendingBranches *= 4
      return limits
    }
  }

  /// Makes an environment.
  public init(
    name: String,
    contextFields: [ContextField],
    helpers: [CallPrototype],
    functions: [CallPrototype],
    kernelTypes: BTF? = nil,
    processorCount: Int = 64,
    limits: Limits = Limits()
  ) {
    self.name = name
    self.contextFields = contextFields
    self.helpers = Dictionary(helpers.map { ($0.id, $0) }) { first, _ in first }
    self.functions = Dictionary(functions.map { ($0.name, $0) }) { first, _ in first }
    self.kernelTypes = kernelTypes
    self.processorCount = processorCount
    self.limits = limits
  }
}
