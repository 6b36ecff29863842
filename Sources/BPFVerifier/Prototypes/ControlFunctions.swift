/// Kernel functions for sections, locks, work that is done later, types and arenas.
enum ControlFunctions {
  static let all: [CallPrototype] = [
    CallPrototype(0, "bpf_rcu_read_lock", [], .void, section: .beginsReading),
    CallPrototype(0, "bpf_rcu_read_unlock", [], .void, section: .endsReading),
    CallPrototype(0, "bpf_preempt_disable", [], .void, section: .disablesPreemption),
    CallPrototype(0, "bpf_preempt_enable", [], .void, section: .enablesPreemption),
    CallPrototype(0, "bpf_local_irq_save", [.interruptFlags(saves: true)], .void),
    CallPrototype(0, "bpf_local_irq_restore", [.interruptFlags(saves: false)], .void),
    CallPrototype(0, "bpf_res_spin_lock", [.field(.resilientSpinLock)], .integer, .allowedUnderLock),
    CallPrototype(0, "bpf_res_spin_unlock", [.field(.resilientSpinLock)], .void, .allowedUnderLock),
    CallPrototype(
      0,
      "bpf_res_spin_lock_irqsave",
      [.field(.resilientSpinLock), .interruptFlags(saves: true)],
      .integer,
      .allowedUnderLock
    ),
    CallPrototype(
      0,
      "bpf_res_spin_unlock_irqrestore",
      [.field(.resilientSpinLock), .interruptFlags(saves: false)],
      .void,
      .allowedUnderLock
    ),
    CallPrototype(0, "bpf_wq_init", [.field(.workQueue), .map, .scalar], .integer),
    CallPrototype(
      0,
      "bpf_wq_set_callback_impl",
      [.field(.workQueue), .callback(.workQueue), .scalar, .ignored],
      .integer
    ),
    CallPrototype(0, "bpf_wq_start", [.field(.workQueue), .scalar], .integer),
    CallPrototype(
      0,
      "bpf_task_work_schedule_signal_impl",
      [.object("task_struct"), .field(.taskWork), .map, .callback(.taskWork), .ignored],
      .integer,
      .trustedArguments
    ),
    CallPrototype(
      0,
      "bpf_task_work_schedule_resume_impl",
      [.object("task_struct"), .field(.taskWork), .map, .callback(.taskWork), .ignored],
      .integer,
      .trustedArguments
    ),
    CallPrototype(0, "bpf_throw", [.scalar], .void, .doesNotReturn),
    CallPrototype(0, "__bpf_trap", [], .void, .mustNotBeReached),
    CallPrototype(0, "bpf_cast_to_kern_ctx", [.context], .cast, .fastCall),
    CallPrototype(0, "bpf_rdonly_cast", [.anyAddress, .constant], .cast, .fastCall),
    CallPrototype(
      0,
      "bpf_arena_alloc_pages",
      [.map, .anyAddress, .scalar, .scalar, .scalar],
      .arenaAddress,
      [.sleeps, .trustedArguments],
      mapTypes: [.arena]
    ),
    CallPrototype(
      0,
      "bpf_arena_free_pages",
      [.map, .anyAddress, .scalar],
      .void,
      [.sleeps, .trustedArguments],
      mapTypes: [.arena]
    ),
    CallPrototype(
      0,
      "bpf_arena_reserve_pages",
      [.map, .anyAddress, .scalar],
      .integer,
      [.sleeps, .trustedArguments],
      mapTypes: [.arena]
    ),
  ]
}
