import BPF

/// Helpers that tell of the task that happens to run, of its control groups, and of others'.
enum TaskHelpers {
  static let all: [CallPrototype] = [
    CallPrototype(14, "bpf_get_current_pid_tgid", [], .integer),
    CallPrototype(15, "bpf_get_current_uid_gid", [], .integer),
    CallPrototype(16, "bpf_get_current_comm", [.memory(.write), .size], .integer),
    CallPrototype(17, "bpf_get_cgroup_classid", [], .integer),
    CallPrototype(35, "bpf_get_current_task", [], .integer, .gplOnly),
    CallPrototype(
      37,
      "bpf_current_task_under_cgroup",
      [.map, .anything],
      .integer,
      mapTypes: [.cgroupArray]
    ),
    CallPrototype(80, "bpf_get_current_cgroup_id", [], .integer),
    CallPrototype(123, "bpf_get_current_ancestor_cgroup_id", [.anything], .integer),
    CallPrototype(109, "bpf_send_signal", [.anything], .integer),
    CallPrototype(117, "bpf_send_signal_thread", [.anything], .integer),
    CallPrototype(
      120,
      "bpf_get_ns_current_pid_tgid",
      [.anything, .anything, .memory(.write), .size],
      .integer
    ),
    CallPrototype(
      141,
      "bpf_get_task_stack",
      [.object("task_struct"), .memory(.write), .sizeOrZero, .anything],
      .errorOrLength
    ),
    CallPrototype(
      156,
      "bpf_task_storage_get",
      [.map, .objectOrNull("task_struct"), .mapValueOrNull, .anything],
      .mapValueOrNull,
      mapTypes: [.taskStorage]
    ),
    CallPrototype(
      157,
      "bpf_task_storage_delete",
      [.map, .objectOrNull("task_struct")],
      .integer,
      mapTypes: [.taskStorage]
    ),
    CallPrototype(
      158,
      "bpf_get_current_task_btf",
      [],
      .object("task_struct"),
      [.gplOnly, .trustedResult]
    ),
    CallPrototype(175, "bpf_task_pt_regs", [.object("task_struct")], .object("pt_regs"), .gplOnly),
    CallPrototype(
      180,
      "bpf_find_vma",
      [.object("task_struct"), .anything, .callback(.memoryArea), .stackOrNull, .anything],
      .integer
    ),
    CallPrototype(
      210,
      "bpf_cgrp_storage_get",
      [.map, .objectOrNull("cgroup"), .mapValueOrNull, .anything],
      .mapValueOrNull,
      mapTypes: [.cgroupLocalStorage]
    ),
    CallPrototype(
      211,
      "bpf_cgrp_storage_delete",
      [.map, .objectOrNull("cgroup")],
      .integer,
      mapTypes: [.cgroupLocalStorage]
    ),
  ]
}
