/// The part of a worker's machine that helpers see, at a stable address for the worker's life.
///
/// A helper is a `HelperThunk`: it gets this state's address and five arguments whose pointers the engine has turned
/// into checked host addresses (the interpreter) or that the verifier has proved (machine code).
@safe public struct RunState {
  /// How many fields a context may have.
  public static let contextFieldLimit = 8

  /// The current values of the context's fields, by index in `ContextLayout.fields`.
  ///
  /// Packet fields hold host addresses.
  /// A helper whose prototype says `changesPacket` writes new ones here.
  public var context: [8 of UInt64] = [8 of UInt64](repeating: 0)
  /// The CPU this worker is, below every per-CPU map's `cpuCount`.
  public var cpu: Int = 0
  /// Whether `now` is the clock; else the host's monotonic clock is.
  public var hasFixedClock = false
  /// Nanoseconds, what `bpf_ktime_get_ns` answers with a fixed clock: a capture's timestamp, for instance.
  public var now: UInt64 = 0
  /// State of the random number generator (xoshiro256**); never all zero.
  public var random: [4 of UInt64] = [4 of UInt64](repeating: 0x9E37_79B9_7F4A_7C15)
  /// What the hook keeps for the packet at hand: `XDP` puts the address of its own state here.
  public var hook: UnsafeMutableRawPointer? = nil
  /// How helpers that know no packet reach the one at hand, nil where there is none.
  public var packet: PacketAccess? = nil
  /// Where `bpf_trace_printk` lines go; the default drops them.
  public var print: (@Sendable (String) -> Void)? = nil
  /// What ends runs early; nil where nothing does.
  public var stop: StopRequest? = nil
  /// Set by a helper that cannot go on; the engine stops the run with it as its trap.
  public var refusal: String? = nil { didSet { isRefused = refusal != nil } }
  /// Whether there is a refusal: a byte that machine code looks at.
  package internal(set) var isRefused = false

  /// A fresh state for a CPU.
  public init(cpu: Int = 0) { self.cpu = cpu }
}

/// A helper's entry: the address of the worker's `RunState`, `r1`–`r5`, and back comes `r0`.
public typealias HelperThunk =
  @convention(c) (UnsafeMutableRawPointer, UInt64, UInt64, UInt64, UInt64, UInt64) -> UInt64
