/// The kinds of map, by their numbers in `enum bpf_map_type`.
public enum MapType: UInt32, Hashable, Sendable, CaseIterable {
  case unspecified, hash, array, programArray, perfEventArray, perCPUHash, perCPUArray, stackTrace,
    cgroupArray
  case lruHash, lruPerCPUHash, lpmTrie, arrayOfMaps, hashOfMaps, devmap, sockmap, cpumap, xskmap, sockhash
  case cgroupStorage, reuseportSockArray, perCPUCgroupStorage, queue, stack, socketStorage, devmapHash,
    structOps
  case ringBuffer, inodeStorage, taskStorage, bloomFilter, userRingBuffer, cgroupLocalStorage, arena,
    instructionArray

  /// The name bpftool gives the type, such as `percpu_array`.
  public var name: String {
    switch self {
    case .unspecified: "unspec"
    case .hash: "hash"
    case .array: "array"
    case .programArray: "prog_array"
    case .perfEventArray: "perf_event_array"
    case .perCPUHash: "percpu_hash"
    case .perCPUArray: "percpu_array"
    case .stackTrace: "stack_trace"
    case .cgroupArray: "cgroup_array"
    case .lruHash: "lru_hash"
    case .lruPerCPUHash: "lru_percpu_hash"
    case .lpmTrie: "lpm_trie"
    case .arrayOfMaps: "array_of_maps"
    case .hashOfMaps: "hash_of_maps"
    case .devmap: "devmap"
    case .sockmap: "sockmap"
    case .cpumap: "cpumap"
    case .xskmap: "xskmap"
    case .sockhash: "sockhash"
    case .cgroupStorage: "cgroup_storage"
    case .reuseportSockArray: "reuseport_sockarray"
    case .perCPUCgroupStorage: "percpu_cgroup_storage"
    case .queue: "queue"
    case .stack: "stack"
    case .socketStorage: "sk_storage"
    case .devmapHash: "devmap_hash"
    case .structOps: "struct_ops"
    case .ringBuffer: "ringbuf"
    case .inodeStorage: "inode_storage"
    case .taskStorage: "task_storage"
    case .bloomFilter: "bloom_filter"
    case .userRingBuffer: "user_ringbuf"
    case .cgroupLocalStorage: "cgrp_storage"
    case .arena: "arena"
    case .instructionArray: "insn_array"
    }
  }

  /// Whether each possible CPU has a value of its own under one key.
  public var isPerCPU: Bool {
    switch self {
    case .perCPUHash, .perCPUArray, .lruPerCPUHash, .perCPUCgroupStorage: true
    default: false
    }
  }
}

/// `BPF_F_…` bits of map creation.
public struct MapFlags: OptionSet, Hashable, Sendable {
  /// The bits as bpf(2) takes them.
  public let rawValue: UInt32
  /// Makes a set from bpf(2)'s bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// `BPF_F_NO_PREALLOC`.
  public static let noPreallocation = MapFlags(rawValue: 1 << 0)
  /// `BPF_F_NO_COMMON_LRU`.
  public static let noCommonLRU = MapFlags(rawValue: 1 << 1)
  /// `BPF_F_NUMA_NODE`.
  public static let numaNode = MapFlags(rawValue: 1 << 2)
  /// `BPF_F_RDONLY`: read-only for user space.
  public static let readOnly = MapFlags(rawValue: 1 << 3)
  /// `BPF_F_WRONLY`: write-only for user space.
  public static let writeOnly = MapFlags(rawValue: 1 << 4)
  /// `BPF_F_ZERO_SEED`.
  public static let zeroSeed = MapFlags(rawValue: 1 << 6)
  /// `BPF_F_RDONLY_PROG`: read-only for programs.
  public static let readOnlyForPrograms = MapFlags(rawValue: 1 << 7)
  /// `BPF_F_WRONLY_PROG`: write-only for programs.
  public static let writeOnlyForPrograms = MapFlags(rawValue: 1 << 8)
  /// `BPF_F_MMAPABLE`.
  public static let mappable = MapFlags(rawValue: 1 << 10)
  /// `BPF_F_PRESERVE_ELEMS`: events outlive who put them into a perf event array.
  public static let preserveElements = MapFlags(rawValue: 1 << 11)
  /// `BPF_F_INNER_MAP`: an inner array whose capacity may differ from its template's.
  public static let innerMap = MapFlags(rawValue: 1 << 12)
}
