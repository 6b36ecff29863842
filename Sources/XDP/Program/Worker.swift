public import BPFRuntime

/// One thread's part of a run: a CPU for per-CPU maps, the machine that programs run on, its clock, and what went wrong.
///
/// A worker goes from thread to thread as a whole and is never shared; engines and maps are what workers share. Its
/// invariant: `run` is initialized from `init` to `deinit`, and the machine's hook points to nothing else.
@safe public struct Worker: ~Copyable {
  /// What `bpf_ktime_get_ns` reads.
  public enum Clock: Hashable, Sendable {
    /// The host's monotonic clock.
    case host
    /// Each packet's timestamp, so that a capture replays with its own timing; the host's clock without one.
    case packet
    /// Always this many nanoseconds.
    case fixed(UInt64)
  }

  /// A trap and the packet it happened on.
  public struct TrapRecord: Hashable, Sendable {
    /// The packet's place in the batch.
    public var index: Int
    /// What the program did.
    public var trap: Trap

    /// Makes a record.
    public init(index: Int, trap: Trap) {
      self.index = index
      self.trap = trap
    }
  }

  /// The CPU that this worker is: programs see it, and per-CPU maps have a value for it.
  public let cpu: Int
  /// The clock of the programs.
  public let clock: Clock
  /// What programs run on: registers, stack, and the state that helpers see.
  public let machine: Machine
  /// The traps of the batch that ran last, in order of packet; an engine empties it when it begins a batch.
  public var traps: [TrapRecord] = []
  /// The traps of timers' functions, which ran before the last batch and belong to no packet.
  public var timerTraps: [Trap] = []
  /// Packets that have run on this worker.
  public internal(set) var runCount: UInt64 = 0
  /// Traps on this worker.
  public internal(set) var trapCount: UInt64 = 0
  /// The packet at hand, as the machine's hook.
  @unsafe let run: UnsafeMutablePointer<PacketRun>

  /// A worker for a CPU.
  ///
  /// The seed is that of `bpf_get_prandom_u32`, nil for one of chance; workers of one seed differ by their CPU, and
  /// accept each other's SYN cookies.
  /// `printer` gets the lines of `bpf_trace_printk`.
  public init(
    cpu: Int = 0,
    clock: Clock = .packet,
    seed: UInt64? = nil,
    printer: (@Sendable (String) -> Void)? = nil
  ) {
    self.cpu = cpu
    self.clock = clock
    machine = Machine(cpu: cpu)
    unsafe run = .allocate(capacity: 1)
    unsafe run.initialize(to: PacketRun(cookies: seed.map(SynCookies.init) ?? .ofThisProcess))
    machine.state.seed(seed.map { $0 &+ UInt64(cpu) } ?? .random(in: 0...UInt64.max))
    machine.state.print = printer
    machine.state.packet = PacketRun.access
    unsafe machine.state.hook = UnsafeMutableRawPointer(run)
    if case .fixed(let now) = clock {
      machine.state.hasFixedClock = true
      machine.state.now = now
    }
  }

  /// The routes, neighbours and interfaces that `bpf_fib_lookup` and `bpf_check_mtu` know; nil, and a trap, for none.
  public var routes: RoutingTable? {
    didSet { unsafe run.pointee.routes = routes?.addingImpliedRoutes() }
  }

  deinit {
    unsafe run.deinitialize(count: 1)
    unsafe run.deallocate()
  }

  /// A batch begins: what is found in maps of programs and maps, or attached, stays alive until it ends.
  @inline(__always) func enterBatch() { machine.boundary.enter() }

  /// The batch ends.
  @inline(__always) func leaveBatch() { machine.boundary.leave() }

  /// Records a trap.
  mutating func record(_ trap: Trap, at index: Int) {
    traps.append(TrapRecord(index: index, trap: trap))
    trapCount += 1
  }
}
