import BPF
import BPFMaps
import BPFRuntime

/// `bpf_perf_event_output`: bytes of the program's, and as much of the packet as it asks for, for a reader of its CPU.
///
/// The flags' low half is the index, or `BPF_F_CURRENT_CPU` for this CPU's; the next 20 bits are how many bytes of the packet
/// go with it.
///
/// Invariant: an engine calls it with its worker's `RunState`, whose hook is that worker's `PacketRun`, with the address of a
/// living `UserMap`, and with a pointer to as many readable bytes as the size says.
enum PerfEventHelper {
  static let all: [Helper] = [output]

  /// `BPF_F_INDEX_MASK`, which is `BPF_F_CURRENT_CPU` as an index.
  private static let indexMask: UInt64 = 0xffff_ffff
  /// `BPF_F_CTXLEN_MASK`.
  private static let lengthMask: UInt64 = 0xfffff << 32

  static let output = unsafe Helper(
    HelperPrototype(
      25,
      "bpf_perf_event_output",
      [.context, .map, .scalar, .readableMemory, .sizeOrZero],
      .integer,
      isGPLOnly: true
    )
  ) { machine, _, map, flags, data, size in
    guard let (state, run) = unsafe PacketRun.atHand(machine),
      let object = unsafe UnsafeRawPointer(bitPattern: UInt(map))
    else { return 0 }
    let map = unsafe Unmanaged<UserMap>.fromOpaque(object).takeUnretainedValue()
    guard let events = map as? PerfEventArrayMap else {
      unsafe state.pointee.refusal =
        "map '\(map.definition.name)' is a \(map.definition.type.name), not a perf_event_array"
      return 0
    }
    guard flags & ~(indexMask | lengthMask) == 0 else { return LinuxErrno.invalid.negated }
    let packetByteCount = Int((flags & lengthMask) >> 32)
    guard unsafe packetByteCount <= run.pointee.packet.totalLength else {
      return LinuxErrno.badAddress.negated
    }
    let cpu = unsafe state.pointee.cpu
    let asked = UInt32(truncatingIfNeeded: flags & indexMask)
    let index = asked == UInt32.max ? UInt32(cpu) : asked
    let refusal = events.admission(of: index, cpu: cpu)
    guard refusal == 0 else { return UInt64(bitPattern: Int64(refusal)) }

    let count = Int(UInt32(truncatingIfNeeded: size))
    var record: [UInt8] = []
    record.reserveCapacity(count + packetByteCount)
    if count > 0 {
      unsafe record += UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(data)), count: count)
    }
    if packetByteCount > 0 {
      record += [UInt8](repeating: 0, count: packetByteCount)
      unsafe record.withUnsafeMutableBytes { record in
        if let start = record.baseAddress {
          _ = unsafe run.pointee.packet.load(start + count, count: UInt32(packetByteCount), from: 0)
        }
      }
    }
    return UInt64(bitPattern: Int64(events.output(record, at: index)))
  }
}
