/// Open-coded iterators: three kernel functions each.
enum IteratorFunctions {
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
  private static let areas = CallPrototype.IteratorKind(
    "task_vma",
    slotCount: 1,
    element: .objectOrNull("vm_area_struct")
  )
  private static let groupTasks = CallPrototype.IteratorKind(
    "css_task",
    slotCount: 1,
    element: .objectOrNull("task_struct")
  )
  private static let groups = CallPrototype.IteratorKind(
    "css",
    slotCount: 3,
    element: .objectOrNull("cgroup_subsys_state")
  )
  private static let tasks = CallPrototype.IteratorKind(
    "task",
    slotCount: 3,
    element: .objectOrNull("task_struct")
  )
  private static let caches = CallPrototype.IteratorKind(
    "kmem_cache",
    slotCount: 1,
    element: .objectOrNull("kmem_cache")
  )
  private static let buffers = CallPrototype.IteratorKind(
    "dmabuf",
    slotCount: 1,
    element: .objectOrNull("dma_buf")
  )

  static let all: [CallPrototype] = [
    CallPrototype(
      0,
      "bpf_iter_num_new",
      [.iterator(.makes), .scalar, .scalar],
      .integer,
      .allowedUnderLock,
      iterator: numbers
    ),
    CallPrototype(
      0,
      "bpf_iter_num_next",
      [.iterator(.advances)],
      .fixedMemoryOrNull(4, .read),
      .allowedUnderLock,
      iterator: numbers
    ),
    CallPrototype(
      0,
      "bpf_iter_num_destroy",
      [.iterator(.destroys)],
      .void,
      .allowedUnderLock,
      iterator: numbers
    ),
    CallPrototype(
      0,
      "bpf_iter_bits_new",
      [.iterator(.makes), .anyAddress, .scalar],
      .integer,
      iterator: bits
    ),
    CallPrototype(
      0,
      "bpf_iter_bits_next",
      [.iterator(.advances)],
      .fixedMemoryOrNull(4, .read),
      iterator: bits
    ),
    CallPrototype(0, "bpf_iter_bits_destroy", [.iterator(.destroys)], .void, iterator: bits),
    CallPrototype(
      0,
      "bpf_iter_task_vma_new",
      [.iterator(.makes), .object("task_struct"), .scalar],
      .integer,
      .readSectionArguments,
      iterator: areas
    ),
    CallPrototype(
      0,
      "bpf_iter_task_vma_next",
      [.iterator(.advances)],
      .objectOrNull("vm_area_struct"),
      .trustedResult,
      iterator: areas
    ),
    CallPrototype(0, "bpf_iter_task_vma_destroy", [.iterator(.destroys)], .void, iterator: areas),
    CallPrototype(
      0,
      "bpf_iter_css_task_new",
      [.iterator(.makes), .object("cgroup_subsys_state"), .scalar],
      .integer,
      .trustedArguments,
      iterator: groupTasks
    ),
    CallPrototype(
      0,
      "bpf_iter_css_task_next",
      [.iterator(.advances)],
      .objectOrNull("task_struct"),
      .trustedResult,
      iterator: groupTasks
    ),
    CallPrototype(0, "bpf_iter_css_task_destroy", [.iterator(.destroys)], .void, iterator: groupTasks),
    CallPrototype(
      0,
      "bpf_iter_css_new",
      [.iterator(.makes), .object("cgroup_subsys_state"), .scalar],
      .integer,
      [.trustedArguments],
      iterator: groups
    ),
    CallPrototype(
      0,
      "bpf_iter_css_next",
      [.iterator(.advances)],
      .objectOrNull("cgroup_subsys_state"),
      .readSectionResult,
      iterator: groups
    ),
    CallPrototype(0, "bpf_iter_css_destroy", [.iterator(.destroys)], .void, iterator: groups),
    CallPrototype(
      0,
      "bpf_iter_task_new",
      [.iterator(.makes), .objectOrNull("task_struct"), .scalar],
      .integer,
      [.trustedArguments],
      iterator: tasks
    ),
    CallPrototype(
      0,
      "bpf_iter_task_next",
      [.iterator(.advances)],
      .objectOrNull("task_struct"),
      .readSectionResult,
      iterator: tasks
    ),
    CallPrototype(0, "bpf_iter_task_destroy", [.iterator(.destroys)], .void, iterator: tasks),
    CallPrototype(0, "bpf_iter_kmem_cache_new", [.iterator(.makes)], .integer, .sleeps, iterator: caches),
    CallPrototype(
      0,
      "bpf_iter_kmem_cache_next",
      [.iterator(.advances)],
      .objectOrNull("kmem_cache"),
      [.sleeps, .trustedResult],
      iterator: caches
    ),
    CallPrototype(0, "bpf_iter_kmem_cache_destroy", [.iterator(.destroys)], .void, .sleeps, iterator: caches),
    CallPrototype(0, "bpf_iter_dmabuf_new", [.iterator(.makes)], .integer, .sleeps, iterator: buffers),
    CallPrototype(
      0,
      "bpf_iter_dmabuf_next",
      [.iterator(.advances)],
      .objectOrNull("dma_buf"),
      [.sleeps, .trustedResult],
      iterator: buffers
    ),
    CallPrototype(0, "bpf_iter_dmabuf_destroy", [.iterator(.destroys)], .void, .sleeps, iterator: buffers),
  ]
}
