/// Kernel functions on objects that programs allocate, their lists and their trees.
enum ObjectFunctions {
  static let all: [CallPrototype] = [
    CallPrototype(0, "bpf_obj_new_impl", [.constant, .ignored], .allocatedOrNull(perCPU: false), .acquires),
    CallPrototype(
      0,
      "bpf_percpu_obj_new_impl",
      [.constant, .ignored],
      .allocatedOrNull(perCPU: true),
      .acquires
    ),
    CallPrototype(0, "bpf_obj_drop_impl", [.allocatedObject, .ignored], .void, releases: 0),
    CallPrototype(0, "bpf_percpu_obj_drop_impl", [.allocatedPerCPUObject, .ignored], .void, releases: 0),
    CallPrototype(
      0,
      "bpf_refcount_acquire_impl",
      [.countedObject, .ignored],
      .sameObjectOrNull,
      [.acquires, .readSectionArguments, .allowedUnderLock]
    ),
    CallPrototype(
      0,
      "bpf_list_push_front_impl",
      [.field(.listHead), .field(.listNode), .ignored, .scalar],
      .integer,
      .allowedUnderLock,
      releases: 1
    ),
    CallPrototype(
      0,
      "bpf_list_push_back_impl",
      [.field(.listHead), .field(.listNode), .ignored, .scalar],
      .integer,
      .allowedUnderLock,
      releases: 1
    ),
    CallPrototype(
      0,
      "bpf_list_pop_front",
      [.field(.listHead)],
      .nodeOrNull(.listNode),
      [.allowedUnderLock, .acquires]
    ),
    CallPrototype(
      0,
      "bpf_list_pop_back",
      [.field(.listHead)],
      .nodeOrNull(.listNode),
      [.allowedUnderLock, .acquires]
    ),
    CallPrototype(0, "bpf_list_front", [.field(.listHead)], .nodeOrNull(.listNode), .allowedUnderLock),
    CallPrototype(0, "bpf_list_back", [.field(.listHead)], .nodeOrNull(.listNode), .allowedUnderLock),
    CallPrototype(
      0,
      "bpf_rbtree_add_impl",
      [.field(.treeRoot), .field(.treeNode), .callback(.treeComparison), .ignored, .scalar],
      .integer,
      .allowedUnderLock,
      releases: 1
    ),
    CallPrototype(
      0,
      "bpf_rbtree_remove",
      [.field(.treeRoot), .field(.treeNode)],
      .nodeOrNull(.treeNode),
      [.allowedUnderLock, .acquires]
    ),
    CallPrototype(0, "bpf_rbtree_first", [.field(.treeRoot)], .nodeOrNull(.treeNode), .allowedUnderLock),
    CallPrototype(0, "bpf_rbtree_root", [.field(.treeRoot)], .nodeOrNull(.treeNode), .allowedUnderLock),
    CallPrototype(
      0,
      "bpf_rbtree_left",
      [.field(.treeRoot), .field(.treeNode)],
      .nodeOrNull(.treeNode),
      .allowedUnderLock
    ),
    CallPrototype(
      0,
      "bpf_rbtree_right",
      [.field(.treeRoot), .field(.treeNode)],
      .nodeOrNull(.treeNode),
      .allowedUnderLock
    ),
  ]
}
