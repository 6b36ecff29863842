import BPF

/// Helpers on ring buffers, in both directions, and on counters of `perf`.
enum RingBufferHelpers {
  static let all: [CallPrototype] = [
    CallPrototype(
      130,
      "bpf_ringbuf_output",
      [.map, .memory(.read), .sizeOrZero, .anything],
      .integer,
      mapTypes: [.ringBuffer]
    ),
    CallPrototype(
      131,
      "bpf_ringbuf_reserve",
      [.map, .allocationSize, .anything],
      .recordOrNull,
      .acquires,
      mapTypes: [.ringBuffer]
    ),
    CallPrototype(132, "bpf_ringbuf_submit", [.ringRecord, .anything], .void, releases: 0),
    CallPrototype(133, "bpf_ringbuf_discard", [.ringRecord, .anything], .void, releases: 0),
    CallPrototype(134, "bpf_ringbuf_query", [.map, .anything], .integer, mapTypes: [.ringBuffer]),
    CallPrototype(
      198,
      "bpf_ringbuf_reserve_dynptr",
      [.map, .anything, .anything, .dynptr(.makes(.ringBuffer))],
      .integer,
      mapTypes: [.ringBuffer]
    ),
    CallPrototype(
      199,
      "bpf_ringbuf_submit_dynptr",
      [.dynptr(.releasesRingBuffer), .anything],
      .void,
      releases: 0
    ),
    CallPrototype(
      200,
      "bpf_ringbuf_discard_dynptr",
      [.dynptr(.releasesRingBuffer), .anything],
      .void,
      releases: 0
    ),
    CallPrototype(
      209,
      "bpf_user_ringbuf_drain",
      [.map, .callback(.userRecord), .stackOrNull, .anything],
      .integer,
      mapTypes: [.userRingBuffer]
    ),
    CallPrototype(
      22,
      "bpf_perf_event_read",
      [.map, .anything],
      .integer,
      .gplOnly,
      mapTypes: [.perfEventArray]
    ),
    CallPrototype(
      55,
      "bpf_perf_event_read_value",
      [.map, .anything, .memory(.write), .size],
      .integer,
      .gplOnly,
      mapTypes: [.perfEventArray]
    ),
  ]
}
