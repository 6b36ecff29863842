/// Kernel functions on the kernel's own objects: tasks, control groups, keys.
enum KernelObjectFunctions {
  static let all: [CallPrototype] = [
    CallPrototype(
      0,
      "bpf_task_acquire",
      [.object("task_struct")],
      .objectOrNull("task_struct"),
      [.acquires, .readSectionArguments]
    ),
    CallPrototype(0, "bpf_task_release", [.object("task_struct")], .void, releases: 0),
    CallPrototype(
      0,
      "bpf_cgroup_acquire",
      [.object("cgroup")],
      .objectOrNull("cgroup"),
      [.acquires, .readSectionArguments]
    ),
    CallPrototype(0, "bpf_cgroup_release", [.object("cgroup")], .void, releases: 0),
    CallPrototype(
      0,
      "bpf_cgroup_ancestor",
      [.object("cgroup"), .scalar],
      .objectOrNull("cgroup"),
      [.acquires, .readSectionArguments]
    ),
    CallPrototype(0, "bpf_cgroup_from_id", [.scalar], .objectOrNull("cgroup"), .acquires),
    CallPrototype(
      0,
      "bpf_task_under_cgroup",
      [.object("task_struct"), .object("cgroup")],
      .integer,
      .readSectionArguments
    ),
    CallPrototype(
      0,
      "bpf_task_get_cgroup1",
      [.object("task_struct"), .scalar],
      .objectOrNull("cgroup"),
      [.acquires, .readSectionArguments]
    ),
    CallPrototype(0, "bpf_task_from_pid", [.scalar], .objectOrNull("task_struct"), .acquires),
    CallPrototype(0, "bpf_task_from_vpid", [.scalar], .objectOrNull("task_struct"), .acquires),
    CallPrototype(
      0,
      "bpf_send_signal_task",
      [.object("task_struct"), .scalar, .scalar, .scalar],
      .integer,
      .trustedArguments
    ),
    CallPrototype(
      0,
      "bpf_cgroup_read_xattr",
      [.object("cgroup"), .constantString, .dynptr(.changes)],
      .integer,
      .readSectionArguments
    ),
    CallPrototype(
      0,
      "bpf_lookup_user_key",
      [.scalar, .scalar],
      .objectOrNull("bpf_key"),
      [.acquires, .sleeps]
    ),
    CallPrototype(0, "bpf_lookup_system_key", [.scalar], .objectOrNull("bpf_key"), .acquires),
    CallPrototype(0, "bpf_key_put", [.object("bpf_key")], .void, releases: 0),
    CallPrototype(
      0,
      "bpf_verify_pkcs7_signature",
      [.dynptr(.reads), .dynptr(.reads), .object("bpf_key")],
      .integer,
      .sleeps
    ),
    CallPrototype(
      0,
      "bpf_crypto_decrypt",
      [.object("bpf_crypto_ctx"), .dynptr(.reads), .dynptr(.reads), .dynptrOrNull],
      .integer,
      .readSectionArguments
    ),
    CallPrototype(
      0,
      "bpf_crypto_encrypt",
      [.object("bpf_crypto_ctx"), .dynptr(.reads), .dynptr(.reads), .dynptrOrNull],
      .integer,
      .readSectionArguments
    ),
    CallPrototype(0, "bpf_get_kmem_cache", [.scalar], .object("kmem_cache"), .untrustedResult),
    CallPrototype(0, "bpf_map_sum_elem_count", [.map], .integer),
    CallPrototype(0, "crash_kexec", [.object("pt_regs")], .void, .destructive),
    CallPrototype(0, "bpf_modify_return_test_tp", [.scalar], .integer),
  ]
}
