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
  /// Iterations that `may_goto` allows one call of a function, whatever time there is.
  public var loopLimit = Int.max
  /// The timers of the maps: one table for all programs over the same maps.
  public var timers = TimerTable()

  /// What a run may take unless somebody says otherwise: the 8,388,608 rounds that Linux gives a loop, of 128 instructions.
  public static let usualBudget: UInt64 = 1 << 30

  /// Makes an environment.
  public init(
    context: ContextLayout,
    helpers: HelperTable,
    maps: [UserMap] = [],
    budget: UInt64 = Environment.usualBudget
  ) {
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

/// Helpers by number, kernel functions by name.
public struct HelperTable: Sendable {
  private var helpers: [UInt32: Helper] = [:]
  private var functions: [String: Helper] = [:]

  /// A table of these; a later one replaces an earlier one of the same number or name.
  public init(_ helpers: [Helper] = []) { for helper in helpers { add(helper) } }

  /// Adds a helper or a kernel function, or replaces the one of its number or name.
  public mutating func add(_ helper: Helper) {
    if helper.prototype.id == 0 {
      functions[helper.prototype.name] = helper
    } else {
      helpers[helper.prototype.id] = helper
    }
  }

  /// This table with another's helpers added.
  public func adding(_ more: [Helper]) -> HelperTable {
    var result = self
    for helper in more { result.add(helper) }
    return result
  }

  /// The numbers of all helpers, in order.
  public var ids: [UInt32] { helpers.keys.sorted() }

  /// The names of all kernel functions, in order.
  public var functionNames: [String] { functions.keys.sorted() }

  /// The helper of a number.
  public subscript(id: UInt32) -> Helper? { helpers[id] }

  /// The kernel function of a name.
  public subscript(function name: String) -> Helper? { functions[name] }
}
