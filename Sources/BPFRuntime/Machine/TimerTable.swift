import BPF
import BPFMaps
import Synchronization

/// The timers in the values of a load's maps (`struct bpf_timer`), shared by all programs and workers of the load.
///
/// In the value lies nothing but a number that this table gave out: a value that is stored anew has none, so its timer is
/// gone with it, and so is that of an element that was removed. Timers that are due run between batches, on the worker that
/// started them. Its invariant: a timer's place is a word of its map's value, which is mapped as long as the map, and
/// the table holds the map.
public final class TimerTable: Sendable {
  /// One timer.
  struct Timer {
    var map: UserMap
    /// The host address of the value that it is in.
    var value: UInt64
    /// The host address of the field.
    var place: UInt64
    var clock: HostClock
    /// The program that the function is of.
    weak var program: (any TimedProgram)?
    var function: Int?
    /// When it is due, in nanoseconds of its clock; nil while it is not started.
    var due: UInt64?
    /// The worker that started it.
    var cpu = 0
  }

  private struct State {
    var timers: [UInt64: Timer] = [:]
    var last: UInt64 = 0
  }

  private let state = Mutex(State())
  private let started = Atomic<Int>(0)

  /// An empty table.
  public init() {}

  /// Makes a timer of the field at a place: `EBUSY` where there is one.
  func make(_ timer: Timer) -> LinuxErrno? {
    state.withLock { state in
      if Self.name(at: timer.place, in: state.timers) != nil { return .busy }
      state.last += 1
      state.timers[state.last] = timer
      unsafe Self.word(timer.place)?.pointee.store(state.last, ordering: .relaxed)
      return nil
    }
  }

  /// Changes the timer at a place; `EINVAL` where there is none.
  func change(_ place: UInt64, _ body: (inout Timer) -> LinuxErrno?) -> LinuxErrno? {
    state.withLock { state in
      guard let name = Self.name(at: place, in: state.timers), var timer = state.timers[name] else {
        return .invalid
      }
      let wasStarted = timer.due != nil
      let refusal = body(&timer)
      state.timers[name] = timer
      started.add((timer.due == nil ? 0 : 1) - (wasStarted ? 1 : 0), ordering: .relaxed)
      return refusal
    }
  }

  /// Whether there is a timer that may come to be due.
  public var hasStarted: Bool { started.load(ordering: .relaxed) != 0 }

  /// Runs every timer of a worker that is due once; what trapped comes back.
  public func runDue(on machine: Machine) -> [Trap] { hasStarted ? runAll(on: machine) : [] }

  /// Forgets all timers, which hold their maps.
  public func removeAll() {
    state.withLock { state in
      state.timers.removeAll()
      started.store(0, ordering: .relaxed)
    }
  }

  @inline(never) private func runAll(on machine: Machine) -> [Trap] {
    let cpu = machine.state.cpu
    let fixed = machine.state.hasFixedClock ? machine.state.now : nil
    let due = state.withLock { state -> [Timer] in
      var result: [(timer: Timer, due: UInt64)] = []
      for (name, timer) in state.timers {
        guard let due = timer.due, timer.cpu == cpu, due <= fixed ?? timer.clock.nanoseconds() else {
          continue
        }
        started.subtract(1, ordering: .relaxed)
        state.timers[name]?.due = nil
        if Self.isAlive(timer, name) {
          result.append((timer, due))
        } else {
          state.timers[name] = nil
        }
      }
      return result.sorted { $0.due < $1.due }.map(\.timer)
    }
    return due.compactMap { timer in
      guard let function = timer.function, let program = timer.program else { return nil }
      unsafe machine.block.pointee.runningTimer = timer.place
      defer { unsafe machine.block.pointee.runningTimer = 0 }
      return program.run(function, of: timer, on: machine)
    }
  }

  /// The number of the timer that a field names.
  private static func name(at place: UInt64, in timers: [UInt64: Timer]) -> UInt64? {
    guard let name = unsafe word(place)?.pointee.load(ordering: .relaxed), name != 0 else { return nil }
    return timers[name]?.place == place ? name : nil
  }

  /// Whether the field still names the timer and its element is still in the map.
  private static func isAlive(_ timer: Timer, _ name: UInt64) -> Bool {
    guard unsafe word(timer.place)?.pointee.load(ordering: .relaxed) == name,
      let value = unsafe UnsafeRawPointer(bitPattern: UInt(timer.value)),
      let key = unsafe timer.map.key(ofElement: value)
    else { return false }
    return unsafe key.withUnsafeBytes { key in
      guard let key = key.baseAddress else { return false }
      return unsafe UInt64(UInt(bitPattern: timer.map.element(key, cpu: 0))) == timer.value
    }
  }

  private static func word(_ place: UInt64) -> UnsafePointer<Atomic<UInt64>>? {
    unsafe UnsafePointer(bitPattern: UInt(place))
  }
}

/// A bound program, whose functions timers call.
protocol TimedProgram: AnyObject, Sendable {
  /// Calls a function with a timer's map, key and value; nil, or the trap that ended it.
  func run(_ function: Int, of timer: TimerTable.Timer, on machine: Machine) -> Trap?
}
