public import BPFMaps
public import BPFRuntime

/// What a load of an object may be told.
public struct LoadOptions: Sendable {
  /// Possible CPUs: how many workers may run, and how many values a per-CPU map keeps under a key.
  public var cpuCount: Int
  /// How much address space the maps may take together.
  public var memoryLimit: MemoryLimit
  /// What `bpf_ktime_get_ns` reads.
  public var clock: Worker.Clock
  /// Where random numbers and the order of hash maps start, nil for a seed of chance.
  public var seed: UInt64?
  /// Where the lines of `bpf_trace_printk` go; nil drops them.
  public var printer: (@Sendable (String) -> Void)?
  /// What ends runs early; nil where nothing does.
  public var stop: StopRequest?
  /// What the routing helpers of programs know; nil stops a program that asks them.
  public var routes: RoutingTable?
  /// Instructions that one run may take, counted at backward jumps and calls.
  public var budget: UInt64

  /// Makes options; everything has a default.
  public init(
    cpuCount: Int = 1,
    memoryLimit: MemoryLimit = MemoryLimit(),
    clock: Worker.Clock = .packet,
    seed: UInt64? = nil,
    printer: (@Sendable (String) -> Void)? = nil,
    stop: StopRequest? = nil,
    routes: RoutingTable? = nil,
    budget: UInt64 = Environment.usualBudget
  ) {
    self.cpuCount = cpuCount
    self.memoryLimit = memoryLimit
    self.clock = clock
    self.seed = seed
    self.printer = printer
    self.stop = stop
    self.routes = routes
    self.budget = budget
  }
}
