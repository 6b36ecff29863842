/// A field of a map's value that belongs to the engine: helpers work on it, updates leave it as it is.
///
/// A field is one by the name of its type. Which values have fields, `MapDefinition.kernelFields(in:)` finds out.
public struct KernelField: Hashable, Sendable {
  /// What a field is.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// `struct bpf_spin_lock`: a word that is 0 while nobody holds the lock and 1 while somebody does.
    case spinLock
    /// `struct bpf_timer`.
    case timer
    /// `struct bpf_res_spin_lock`: a lock that gives up where two wait for each other.
    case resilientLock
    /// `struct bpf_wq`.
    case workQueue
    /// `struct bpf_task_work`.
    case taskWork

    /// The C name of the type, without `struct`.
    public var typeName: String {
      switch self {
      case .spinLock: "bpf_spin_lock"
      case .timer: "bpf_timer"
      case .resilientLock: "bpf_res_spin_lock"
      case .workQueue: "bpf_wq"
      case .taskWork: "bpf_task_work"
      }
    }

    /// Its size.
    public var byteCount: Int {
      switch self {
      case .spinLock, .resilientLock: 4
      case .taskWork: 8
      case .timer, .workQueue: 16
      }
    }

    /// A multiple of this its offset is.
    var alignment: Int { min(byteCount, 8) }

    /// Whether the kernel takes a value with such a field into a map of a type.
    func isTaken(into type: MapType) -> Bool {
      switch self {
      case .spinLock, .resilientLock: [.hash, .array].contains(type)
      case .timer, .workQueue, .taskWork: [.hash, .lruHash, .array].contains(type)
      }
    }
  }

  /// What it is.
  public var kind: Kind
  /// Bytes from the start of the value.
  public var offset: Int

  /// Makes a field.
  public init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}
