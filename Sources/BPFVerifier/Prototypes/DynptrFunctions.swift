/// Kernel functions on dynptrs, and those that copy from processes.
enum DynptrFunctions {
  static let all: [CallPrototype] = [
    CallPrototype(
      0,
      "bpf_dynptr_slice",
      [.dynptr(.reads), .scalar, .memoryOrNull(.readWrite), .constantSize],
      .memoryOrNull(.read, slice: true)
    ),
    CallPrototype(
      0,
      "bpf_dynptr_slice_rdwr",
      [.dynptr(.reads), .scalar, .memoryOrNull(.readWrite), .constantSize],
      .memoryOrNull(.readWrite, slice: true)
    ),
    CallPrototype(0, "bpf_dynptr_adjust", [.dynptr(.changes), .scalar, .scalar], .integer),
    CallPrototype(0, "bpf_dynptr_is_null", [.dynptr(.reads)], .integer),
    CallPrototype(0, "bpf_dynptr_is_rdonly", [.dynptr(.reads)], .integer),
    CallPrototype(0, "bpf_dynptr_size", [.dynptr(.reads)], .integer),
    CallPrototype(0, "bpf_dynptr_clone", [.dynptr(.reads), .dynptr(.clones(0))], .integer),
    CallPrototype(
      0,
      "bpf_dynptr_copy",
      [.dynptr(.changes), .scalar, .dynptr(.reads), .scalar, .scalar],
      .integer
    ),
    CallPrototype(0, "bpf_dynptr_memset", [.dynptr(.changes), .scalar, .scalar, .scalar], .integer),
    CallPrototype(
      0,
      "bpf_probe_read_user_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress],
      .integer
    ),
    CallPrototype(
      0,
      "bpf_probe_read_kernel_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress],
      .integer
    ),
    CallPrototype(
      0,
      "bpf_probe_read_user_str_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress],
      .integer
    ),
    CallPrototype(
      0,
      "bpf_probe_read_kernel_str_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress],
      .integer
    ),
    CallPrototype(
      0,
      "bpf_copy_from_user_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress],
      .integer,
      .sleeps
    ),
    CallPrototype(
      0,
      "bpf_copy_from_user_str_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress],
      .integer,
      .sleeps
    ),
    CallPrototype(
      0,
      "bpf_copy_from_user_task_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress, .object("task_struct")],
      .integer,
      [.sleeps, .trustedArguments]
    ),
    CallPrototype(
      0,
      "bpf_copy_from_user_task_str_dynptr",
      [.dynptr(.changes), .scalar, .scalar, .anyAddress, .object("task_struct")],
      .integer,
      [.sleeps, .trustedArguments]
    ),
    CallPrototype(
      0,
      "bpf_copy_from_user_str",
      [.memory(.readWrite), .sizeOrZero, .anyAddress, .scalar],
      .integer,
      .sleeps
    ),
    CallPrototype(
      0,
      "bpf_copy_from_user_task_str",
      [.memory(.readWrite), .sizeOrZero, .anyAddress, .object("task_struct"), .scalar],
      .integer,
      .sleeps
    ),
  ]
}
