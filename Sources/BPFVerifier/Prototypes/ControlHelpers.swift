/// Helpers that loop, lock and wait.
enum ControlHelpers {
  static let all: [CallPrototype] = [
    CallPrototype(181, "bpf_loop", [.scalar, .callback(.loop), .stackOrNull, .anything], .integer),
    CallPrototype(93, "bpf_spin_lock", [.field(.spinLock)], .void),
    CallPrototype(94, "bpf_spin_unlock", [.field(.spinLock)], .void, .allowedUnderLock),
    CallPrototype(169, "bpf_timer_init", [.field(.timer), .map, .anything], .integer, .gplOnly),
    CallPrototype(
      170,
      "bpf_timer_set_callback",
      [.field(.timer), .callback(.timer)],
      .integer,
      .gplOnly
    ),
    CallPrototype(171, "bpf_timer_start", [.field(.timer), .anything, .anything], .integer, .gplOnly),
    CallPrototype(172, "bpf_timer_cancel", [.field(.timer)], .integer, .gplOnly),
  ]
}
