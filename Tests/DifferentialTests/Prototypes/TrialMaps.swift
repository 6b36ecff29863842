import BPF
import BTF
import LinuxKernel

/// One map of every kind in the kernel, made once for all trials.
struct TrialMaps: Sendable {
  /// What stands in an instruction in place of a map.
  enum Special: String, CaseIterable {
    /// 64 bytes that a program may read and write.
    case plain
    /// The same, but only to read and frozen: a text.
    case readOnly
    /// The same, but only to write.
    case writeOnly
    /// A value with fields that belong to the kernel: a lock, a timer and a pointer.
    case fields
    /// A value with a lock of the other kind and a work queue.
    case moreFields
  }

  let maps: [KernelMap]
  private let types: [MapType: Int]

  static let shared = Result { try TrialMaps() }

  private init() throws {
    let btf = Self.btf
    var definitions = [
      MapDefinition(name: "plain", type: .array, keySize: 4, valueSize: 64, maxEntries: 1),
      MapDefinition(
        name: "readOnly",
        type: .array,
        keySize: 4,
        valueSize: 64,
        maxEntries: 1,
        flags: .readOnlyForPrograms,
        initialContents: .section(.readOnly, Array("text".utf8) + [UInt8](repeating: 0, count: 60))
      ),
      MapDefinition(
        name: "writeOnly",
        type: .array,
        keySize: 4,
        valueSize: 64,
        maxEntries: 1,
        flags: .writeOnlyForPrograms
      ),
      MapDefinition(
        name: "fields",
        type: .array,
        keySize: 4,
        valueSize: 32,
        maxEntries: 1,
        keyType: 1,
        valueType: 8
      ),
      MapDefinition(
        name: "moreFields",
        type: .array,
        keySize: 4,
        valueSize: 24,
        maxEntries: 1,
        keyType: 1,
        valueType: 11
      ),
    ]
    var types: [MapType: Int] = [:]
    for type in MapType.allCases {
      guard let definition = Self.definition(of: type) else { continue }
      types[type] = definitions.count
      definitions.append(definition)
    }
    maps = try KernelEngine.makeMaps(definitions, btf: btf)
    self.types = types
  }

  /// The place of a map in `maps`.
  func index(_ special: Special) -> Int { Special.allCases.firstIndex(of: special)! }
  /// The place of a map of a kind; nil for kinds that need more than a definition.
  func index(of type: MapType) -> Int? { types[type] }
  /// The kinds that there are.
  var kinds: [MapType] { MapType.allCases.filter { types[$0] != nil } }

  /// A map of this kind with keys of 4 and values of 8 bytes where its kind leaves a choice.
  private static func definition(of type: MapType) -> MapDefinition? {
    var definition = MapDefinition(name: type.name, type: type, keySize: 4, valueSize: 8, maxEntries: 2)
    switch type {
    case .unspecified, .structOps, .cgroupStorage, .perCPUCgroupStorage, .instructionArray: return nil
    case .programArray, .perfEventArray, .cgroupArray, .devmap, .devmapHash, .cpumap, .xskmap, .sockmap,
      .sockhash, .reuseportSockArray:
      definition.valueSize = 4
    case .arrayOfMaps, .hashOfMaps:
      definition.valueSize = 4
      definition.inner = [
        MapDefinition(name: "inner", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)
      ]
    case .lpmTrie:
      definition.keySize = 8
      definition.flags = .noPreallocation
    case .queue, .stack, .bloomFilter: definition.keySize = 0
    case .ringBuffer, .userRingBuffer:
      (definition.keySize, definition.valueSize, definition.maxEntries) = (0, 0, 4096)
    case .arena:
      (definition.keySize, definition.valueSize, definition.maxEntries) = (0, 0, 4)
      definition.flags = .mappable
      definition.extra = 1 << 44
    case .socketStorage, .taskStorage, .inodeStorage, .cgroupLocalStorage:
      (definition.keyType, definition.valueType, definition.maxEntries) = (1, 2, 0)
      definition.flags = .noPreallocation
    case .hash, .array, .perCPUHash, .perCPUArray, .lruHash, .lruPerCPUHash, .stackTrace: break
    }
    return definition
  }

  /// The type numbers of a program's own function and of one that is called back.
  static let entryType: BTF.TypeID = 13, callbackType: BTF.TypeID = 14

  /// `int`, `long`, two values with fields of the kernel's, and functions.
  static let btf: BTF = {
    func opaque(_ name: String, _ byteCount: Int, _ member: BTF.TypeID) -> BTFType {
      .structure(
        BTFType.Composite(
          name: name,
          byteCount: byteCount,
          members: (0..<(byteCount / (member == 1 ? 4 : 8))).map {
            BTFType.Member(name: "m\($0)", type: member, bitOffset: $0 * (member == 1 ? 32 : 64))
          }
        )
      )
    }
    func member(_ name: String, _ type: BTF.TypeID, at offset: Int) -> BTFType.Member {
      BTFType.Member(name: name, type: type, bitOffset: offset * 8)
    }
    return BTF(types: [
      .void,
      .integer(name: "int", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .signed),
      .integer(name: "long", byteCount: 8, bitOffset: 0, bitCount: 64, encoding: .signed),
      opaque("bpf_spin_lock", 4, 1),
      opaque("bpf_timer", 16, 2),
      opaque("task_struct", 8, 2),
      .typeTag(name: "kptr", of: 5),
      .pointer(to: 6),
      .structure(
        BTFType.Composite(
          name: "fields",
          byteCount: 32,
          members: [member("timer", 4, at: 0), member("task", 7, at: 16), member("lock", 3, at: 24)]
        )
      ),
      opaque("bpf_res_spin_lock", 4, 1),
      opaque("bpf_wq", 16, 2),
      .structure(
        BTFType.Composite(
          name: "moreFields",
          byteCount: 24,
          members: [member("queue", 10, at: 0), member("lock", 9, at: 16)]
        )
      ),
      .functionPrototype(
        returns: 1,
        parameters: [BTFType.Parameter(name: "context", type: 2)],
        isVariadic: false
      ),
      .function(name: "trial", prototype: 12, linkage: .global),
      .function(name: "callback", prototype: 12, linkage: .static),
    ])
  }()
}
