public import BPF
public import BPFMaps

/// What a program is bound to when an engine is made of it.
public struct Environment: Sendable {
  /// The context that `r1` points to.
  public var context: ContextLayout
  /// The helpers that may be called, by number.
  public var helpers: HelperTable
  /// The maps, by their index in `Program.maps`.
  public var maps: [UserMap]
  /// Instructions a run may take before it is stopped, counted where it can repeat itself.
  public var budget: UInt64
  /// Iterations that `may_goto` allows a run (`BPF_MAX_LOOPS`).
  public var loopLimit = 8 * 1024 * 1024

  /// Makes an environment.
  public init(context: ContextLayout, helpers: HelperTable, maps: [UserMap] = [], budget: UInt64 = 1 << 24) {
    self.context = context
    self.helpers = helpers
    self.maps = maps
    self.budget = budget
  }
}

/// One helper: what it takes and gives, and its code.
@safe public struct Helper: Sendable {
  /// What it takes and gives.
  public var prototype: HelperPrototype
  /// Its code.
  @unsafe public var thunk: HelperThunk
  /// Makes a helper.
  @unsafe public init(_ prototype: HelperPrototype, _ thunk: @escaping HelperThunk) {
    self.prototype = prototype
    unsafe self.thunk = unsafe thunk
  }
}

/// Helpers by number.
public struct HelperTable: Sendable {
  private var helpers: [UInt32: Helper] = [:]

  /// A table of these; a later one replaces an earlier one of the same number.
  public init(_ helpers: [Helper] = []) { for helper in helpers { add(helper) } }

  /// Adds a helper or replaces the one of its number.
  public mutating func add(_ helper: Helper) { helpers[helper.prototype.id] = helper }

  /// This table with another's helpers added.
  public func adding(_ more: [Helper]) -> HelperTable {
    var result = self
    for helper in more { result.add(helper) }
    return result
  }

  /// The numbers of all helpers, in order.
  public var ids: [UInt32] { helpers.keys.sorted() }

  /// The helper of a number.
  public subscript(id: UInt32) -> Helper? { helpers[id] }
}
