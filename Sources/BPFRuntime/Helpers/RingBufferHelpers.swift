import BPF
import BPFMaps

/// `bpf_ringbuf_output`, `_reserve`, `_submit`, `_discard`, `_query`.
///
/// The invariant of every thunk: a map argument is the address of a `UserMap` that the running code keeps alive, a
/// record argument one that `reserve` gave and nobody has given back.
enum RingBufferHelpers {
  static let all: [Helper] = [output, reserve, submit, discard, query]

  static let output = unsafe Helper(
    HelperPrototype(130, "bpf_ringbuf_output", [.map, .readableMemoryOrNull, .sizeOrZero, .scalar], .integer)
  ) { state, map, data, size, flags, _ in
    guard let ring = unsafe ringArgument(map, state) else { return 0 }
    let bytes = unsafe UnsafeRawBufferPointer(
      start: UnsafeRawPointer(bitPattern: UInt(data)),
      count: Int(UInt32(truncatingIfNeeded: size))
    )
    return unsafe answer(ring.output(bytes, flags: flags))
  }

  static let reserve = unsafe Helper(
    HelperPrototype(131, "bpf_ringbuf_reserve", [.map, .scalar, .scalar], .ringRecordOrNull)
  ) { state, map, size, flags, _, _ in
    guard let ring = unsafe ringArgument(map, state) else { return 0 }
    return unsafe UInt64(UInt(bitPattern: ring.reserve(size, flags: flags)))
  }

  static let submit = unsafe Helper(
    HelperPrototype(132, "bpf_ringbuf_submit", [.ringRecord, .scalar], .void)
  ) { _, record, flags, _, _, _ in
    unsafe RingBufferMap.submit(UnsafeMutableRawPointer(mutating: pointer(record)), flags: flags)
    return 0
  }

  static let discard = unsafe Helper(
    HelperPrototype(133, "bpf_ringbuf_discard", [.ringRecord, .scalar], .void)
  ) { _, record, flags, _, _, _ in
    unsafe RingBufferMap.discard(UnsafeMutableRawPointer(mutating: pointer(record)), flags: flags)
    return 0
  }

  static let query = unsafe Helper(
    HelperPrototype(134, "bpf_ringbuf_query", [.map, .scalar], .integer)
  ) { state, map, flags, _, _, _ in
    guard let ring = unsafe ringArgument(map, state) else { return 0 }
    return ring.query(flags)
  }
}

/// The ring buffer behind a map argument; any other map ends the run.
func ringArgument(_ map: UInt64, _ state: UnsafeMutableRawPointer) -> RingBufferMap? {
  let map = unsafe mapArgument(map).takeUnretainedValue()
  if let ring = map as? RingBufferMap { return ring }
  unsafe state.assumingMemoryBound(to: RunState.self).pointee.refusal =
    "map '\(map.definition.name)' is a \(map.definition.type.name), not a ringbuf"
  return nil
}
