/// Kernel functions that every type of program may call.
///
/// Left out are those on objects that programs allocate, on tasks and control groups, and on memory of processes: a
/// program that calls one is answered with the function's name.
enum GeneralFunctions {
  static let all: [CallPrototype] = iterators + dynptrs + sections + texts + others

  private static let numbers = CallPrototype.IteratorKind(
    "num",
    slotCount: 1,
    element: .fixedMemoryOrNull(4, .read)
  )
  private static let bits = CallPrototype.IteratorKind(
    "bits",
    slotCount: 2,
    element: .fixedMemoryOrNull(4, .read)
  )

  private static let iterators: [CallPrototype] =
    functions(of: numbers, [.scalar, .scalar]) + functions(of: bits, [.ignored, .scalar])

  /// `bpf_iter_…_new`, `_next` and `_destroy`.
  private static func functions(
    of kind: CallPrototype.IteratorKind,
    _ parameters: [CallPrototype.Parameter]
  ) -> [CallPrototype] {
    let name = "bpf_iter_\(kind.name)"
    return [
      function("\(name)_new", [.iterator(.makes)] + parameters, .integer, iterator: kind),
      function("\(name)_next", [.iterator(.advances)], kind.element, iterator: kind),
      function("\(name)_destroy", [.iterator(.destroys)], .void, iterator: kind),
    ]
  }

  private static let dynptrs: [CallPrototype] = [
    function(
      "bpf_dynptr_slice",
      [.dynptr(.reads), .scalar, .memoryOrNull(.readWrite), .constantSize],
      .memoryOrNull(.read, slice: true)
    ),
    function(
      "bpf_dynptr_slice_rdwr",
      [.dynptr(.reads), .scalar, .memoryOrNull(.readWrite), .constantSize],
      .memoryOrNull(.readWrite, slice: true)
    ),
    function("bpf_dynptr_adjust", [.dynptr(.changes), .scalar, .scalar], .integer),
    function("bpf_dynptr_is_null", [.dynptr(.reads)], .unsigned(.byte)),
    function("bpf_dynptr_is_rdonly", [.dynptr(.reads)], .unsigned(.byte)),
    function("bpf_dynptr_size", [.dynptr(.reads)], .integer),
    function("bpf_dynptr_clone", [.dynptr(.reads), .dynptr(.clones(0))], .integer),
    function(
      "bpf_dynptr_copy",
      [.dynptr(.changes), .scalar, .dynptr(.reads), .scalar, .scalar],
      .integer
    ),
    function("bpf_dynptr_memset", [.dynptr(.changes), .scalar, .scalar, .scalar], .integer),
  ]

  private static let sections: [CallPrototype] = [
    function("bpf_rcu_read_lock", [], .void, section: .beginsReading),
    function("bpf_rcu_read_unlock", [], .void, section: .endsReading),
    function("bpf_preempt_disable", [], .void, section: .disablesPreemption),
    function("bpf_preempt_enable", [], .void, section: .enablesPreemption),
    function("bpf_local_irq_save", [.interruptFlags(saves: true)], .void),
    function("bpf_local_irq_restore", [.interruptFlags(saves: false)], .void),
  ]

  /// Texts are read with faults caught: any pointer or number will do.
  private static let texts: [CallPrototype] =
    ["bpf_strcmp", "bpf_strcasecmp", "bpf_strspn", "bpf_strcspn", "bpf_strstr"].map {
      function($0, [.ignored, .ignored], .integer)
    }
    + ["bpf_strchr", "bpf_strchrnul", "bpf_strrchr"].map { function($0, [.ignored, .scalar], .integer) }
    + [
      function("bpf_strlen", [.ignored], .integer),
      function("bpf_strnlen", [.ignored, .scalar], .integer),
      function("bpf_strnchr", [.ignored, .scalar, .scalar], .integer),
      function("bpf_strnstr", [.ignored, .ignored, .scalar], .integer),
    ]

  private static let others: [CallPrototype] = [
    function("bpf_map_sum_elem_count", [.map], .integer),
    function("bpf_throw", [.scalar], .void, .doesNotReturn),
  ]

  static func function(
    _ name: String,
    _ parameters: [CallPrototype.Parameter],
    _ result: CallPrototype.Result,
    _ traits: CallPrototype.Traits = [],
    releases: Int? = nil,
    section: CallPrototype.Section? = nil,
    iterator: CallPrototype.IteratorKind? = nil
  ) -> CallPrototype {
    CallPrototype(
      0,
      name,
      parameters,
      result,
      traits,
      releases: releases,
      section: section,
      iterator: iterator
    )
  }
}
