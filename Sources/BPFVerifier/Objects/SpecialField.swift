import BPF

/// A field of a map's value or of an allocated object that is not plain bytes (`struct btf_field`).
struct SpecialField: Hashable {
  /// How a pointer in a value is tagged.
  enum Pointer: Hashable { case untrusted, referenced, perCPU }

  /// What it is.
  var kind: CallPrototype.FieldKind
  /// Bytes from the start of the value.
  var offset: Int
  /// Of a pointer, how it is tagged.
  var pointer: Pointer?
  /// Of a pointer what it points to, of a list or tree what it holds: a place in `ObjectTypes`.
  var target: Int32 = -1
  /// Of a list or tree, where the node lies in what it holds.
  var nodeOffset = 0

  /// Its size.
  var byteCount: Int { kind.byteCount }
}

extension CallPrototype.FieldKind {
  /// Those that are one by the name of their type.
  static let named: [CallPrototype.FieldKind] = [
    .spinLock, .resilientSpinLock, .timer, .workQueue, .taskWork, .listHead, .listNode, .treeRoot, .treeNode,
    .referenceCount,
  ]

  /// The C name of the type, without `struct`.
  var typeName: String {
    switch self {
    case .spinLock: "bpf_spin_lock"
    case .resilientSpinLock: "bpf_res_spin_lock"
    case .timer: "bpf_timer"
    case .workQueue: "bpf_wq"
    case .taskWork: "bpf_task_work"
    case .kernelPointer: "kptr"
    case .listHead: "bpf_list_head"
    case .listNode: "bpf_list_node"
    case .treeRoot: "bpf_rb_root"
    case .treeNode: "bpf_rb_node"
    case .referenceCount: "bpf_refcount"
    }
  }

  /// Its size.
  var byteCount: Int {
    switch self {
    case .spinLock, .resilientSpinLock, .referenceCount: 4
    case .taskWork, .kernelPointer: 8
    case .timer, .workQueue, .listHead, .treeRoot: 16
    case .listNode: 24
    case .treeNode: 32
    }
  }

  /// Whether it is a lock, so that the value that holds it has an identity.
  var isLock: Bool { self == .spinLock || self == .resilientSpinLock }
}

extension [SpecialField] {
  /// Whether a lock is among them.
  var holdLock: Bool { contains { $0.kind.isLock } }
  /// Whether a reference count is among them.
  var holdCount: Bool { contains { $0.kind == .referenceCount } }
  /// The one of a kind at an offset.
  func first(_ kind: CallPrototype.FieldKind, at offset: Int) -> SpecialField? {
    first { $0.kind == kind && $0.offset == offset }
  }
}
