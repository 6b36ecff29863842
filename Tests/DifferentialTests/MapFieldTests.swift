import BPF
import BPFMaps
import BTF
import LinuxKernel
import TestSupport
import Testing

/// Which values have locks and timers: bytes that no update reaches and that read as zeros.
@Suite(KernelAccess.required) struct `Fields of the engine's in values, in user space and in the kernel` {
  private static let types: [MapType] = [
    .array, .perCPUArray, .hash, .perCPUHash, .lruHash, .lruPerCPUHash, .lpmTrie, .queue, .stack,
  ]

  @Test(arguments: types, FieldTypes.all)
  func `are the same bytes`(type: MapType, value: FieldTypes.Value) throws {
    let types = value.types
    var definition = MapDefinition(
      name: "fields",
      type: type,
      keySize: 4,
      valueSize: FieldTypes.byteCount,
      maxEntries: value.isSection ? 1 : 2,
      keyType: value.isSection ? 0 : 1,
      valueType: value.type
    )
    switch type {
    case .lpmTrie:
      (definition.keySize, definition.keyType, definition.flags) = (8, FieldTypes.trieKey, .noPreallocation)
    case .queue, .stack: (definition.keySize, definition.keyType) = (0, 0)
    default: break
    }
    definition.fields = definition.kernelFields(in: types)
    let ours = try Self.kept(
      try UserMap.make(definition, cpuCount: PossibleCPUs.count(), memory: MemoryLimit())
    )
    let kernels = try Self.kept(try KernelEngine.makeMaps([definition], btf: types)[0])
    #expect(ours == kernels, "\(ours), the kernel's \(kernels)")
  }

  /// What is left of a value of ones.
  private static func kept(_ map: any BPFMap) throws -> [UInt8] {
    let ones = [UInt8](repeating: 0xFF, count: map.valueByteCount)
    let key = MapSubject.key(map.definition.maxEntries - 1, map.definition.keySize)
    try map.update(key, to: ones, .any)
    return Array(
      ((map.definition.keySize == 0 ? try map.take(key) : try map.lookup(key)) ?? []).prefix(
        FieldTypes.byteCount
      )
    )
  }
}
