/// Helpers that tell of the machine: time, processors, chance, memory of the kernel's and of processes.
enum HostHelpers {
  /// The helpers; a processor's number is below `processorCount`.
  static func all(processorCount: Int) -> [CallPrototype] {
    [
      CallPrototype(5, "bpf_ktime_get_ns", [], .integer),
      CallPrototype(7, "bpf_get_prandom_u32", [], .integer),
      CallPrototype(
        8,
        "bpf_get_smp_processor_id",
        [],
        .range(0, Int64(max(processorCount, 1)) - 1),
        .fastCall
      ),
      CallPrototype(42, "bpf_get_numa_node_id", [], .integer),
      CallPrototype(118, "bpf_jiffies64", [], .integer),
      CallPrototype(125, "bpf_ktime_get_boot_ns", [], .integer),
      CallPrototype(160, "bpf_ktime_get_coarse_ns", [], .integer),
      CallPrototype(208, "bpf_ktime_get_tai_ns", [], .integer),
    ] + memory
  }

  private static let memory: [CallPrototype] = [
    CallPrototype(
      112,
      "bpf_probe_read_user",
      [.memory(.write), .sizeOrZero, .anything],
      .integer,
      .gplOnly
    ),
    CallPrototype(
      113,
      "bpf_probe_read_kernel",
      [.memory(.write), .sizeOrZero, .anything],
      .integer,
      .gplOnly
    ),
    CallPrototype(
      114,
      "bpf_probe_read_user_str",
      [.memory(.write), .sizeOrZero, .anything],
      .errorOrLength,
      .gplOnly
    ),
    CallPrototype(
      115,
      "bpf_probe_read_kernel_str",
      [.memory(.write), .sizeOrZero, .anything],
      .errorOrLength,
      .gplOnly
    ),
    CallPrototype(
      148,
      "bpf_copy_from_user",
      [.memory(.write), .sizeOrZero, .anything],
      .integer,
      .sleeps
    ),
    CallPrototype(
      191,
      "bpf_copy_from_user_task",
      [.memory(.write), .sizeOrZero, .anything, .object("task_struct"), .anything],
      .integer,
      [.gplOnly, .sleeps]
    ),
    CallPrototype(
      153,
      "bpf_per_cpu_ptr",
      [.perCPUVariable, .anything],
      .perCPUVariable(orNull: true)
    ),
    CallPrototype(154, "bpf_this_cpu_ptr", [.perCPUVariable], .perCPUVariable(orNull: false)),
    CallPrototype(
      176,
      "bpf_get_branch_snapshot",
      [.memory(.write), .sizeOrZero],
      .integer,
      .gplOnly
    ),
  ]
}
