import BPF

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#elseif canImport(Darwin)
import Darwin
#endif

/// Helpers about the machine that a program runs on: time, random numbers, the CPU, the trace log.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, which starts with
/// its `RunState`.
enum HostHelpers {
  static let all: [Helper] = [time, print, random, processor]

  static let time = unsafe Helper(HelperPrototype(5, "bpf_ktime_get_ns", [], .integer)) {
    state,
    _,
    _,
    _,
    _,
    _ in
    let state = unsafe state.assumingMemoryBound(to: RunState.self)
    return unsafe state.pointee.hasFixedClock ? state.pointee.now : monotonicNanoseconds()
  }

  static let print = unsafe Helper(
    HelperPrototype(
      6,
      "bpf_trace_printk",
      [.readableMemory, .size, .scalar, .scalar, .scalar],
      .integer,
      isGPLOnly: true
    )
  ) { state, format, size, a, b, c in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    let count = Int(UInt32(truncatingIfNeeded: size))
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: pointer(format), count: count))
    guard let format = PrintFormat(bytes), format.argumentCount <= 3 else {
      return LinuxErrno.invalid.negated
    }
    let line = format.render([a, b, c]) { unsafe machine.string(at: $0) }
    unsafe machine.pointee.state.print?(line)
    return UInt64(line.utf8.count)
  }

  static let random = unsafe Helper(
    HelperPrototype(7, "bpf_get_prandom_u32", [], .integer)
  ) { state, _, _, _, _, _ in
    unsafe state.assumingMemoryBound(to: RunState.self).pointee.nextRandom() >> 32
  }

  static let processor = unsafe Helper(
    HelperPrototype(8, "bpf_get_smp_processor_id", [], .integer)
  ) { state, _, _, _, _, _ in
    unsafe UInt64(UInt32(truncatingIfNeeded: cpu(state)))
  }
}

private func monotonicNanoseconds() -> UInt64 {
  var time = timespec()
  unsafe clock_gettime(CLOCK_MONOTONIC, &time)
  return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

extension UnsafeMutablePointer<MachineState> {
  /// The text at a program's pointer up to its NUL or the end of its object, or nil where nothing may be read.
  func string(at address: UInt64) -> String? {
    var bytes: [UInt8] = []
    while bytes.count < 1024, let host = unsafe readable(address &+ UInt64(bytes.count), 1, self) {
      let byte = unsafe host.load(as: UInt8.self)
      if byte == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes.append(byte)
    }
    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
  }
}
