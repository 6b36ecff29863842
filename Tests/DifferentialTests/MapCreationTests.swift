import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Making maps in user space and in the kernel` {
  private static let types: [MapType] = [
    .array, .perCPUArray, .hash, .perCPUHash, .lruHash, .lruPerCPUHash, .lpmTrie, .programArray, .devmap,
    .devmapHash, .cpumap, .xskmap, .arrayOfMaps, .hashOfMaps, .queue, .stack, .bloomFilter, .perfEventArray,
    .ringBuffer,
  ]

  @Test(arguments: types)
  func `takes the same shapes and refuses the others with the same error`(type: MapType) throws {
    let cpuCount = try PossibleCPUs.count()
    for definition in Self.shapes(of: type) {
      let ours = Self.refusal { () throws(MapError) in
        _ = try UserMap.make(definition, cpuCount: cpuCount, memory: MemoryLimit())
      }
      let kernels = Self.refusal { () throws(KernelError) in _ = try KernelMap.make(definition) }
      #expect(ours == kernels, "\(Self.difference(ours, kernels)): \(Self.description(of: definition))")
    }
  }

  /// An inner map is made first, and by the same rules; not all that can be made can be inner maps.
  @Test(arguments: types, [MapType.arrayOfMaps, .hashOfMaps])
  func `takes the same maps into maps of maps`(type: MapType, outer: MapType) throws {
    let cpuCount = try PossibleCPUs.count()
    for inner in Self.shapes(of: type, mixtures: 60) {
      var definition = Self.usualShape(of: outer)
      definition.inner = [inner]
      let ours = Self.refusal { () throws(MapError) in
        _ = try UserMap.make(definition, cpuCount: cpuCount, memory: MemoryLimit())
      }
      let kernels = Self.refusal { () throws(KernelError) in _ = try KernelMap.make(definition) }
      #expect(
        ours == kernels,
        "\(Self.difference(ours, kernels)) in a \(outer.name) of \(Self.description(of: inner))"
      )
    }
  }

  private static func difference(_ ours: LinuxErrno?, _ kernels: LinuxErrno?) -> String {
    "\(ours?.name ?? "made"), the kernel \(kernels?.name ?? "made")"
  }

  private static func description(of definition: MapDefinition) -> String {
    """
    \(definition.type.name): key \(definition.keySize), value \(definition.valueSize), \(definition.maxEntries) entries, \
    flags \(definition.flags.rawValue), extra \(definition.extra)
    """
  }

  /// Every key and value size, capacity and flag by itself on a good shape, and random mixtures of them.
  private static func shapes(of type: MapType, mixtures: Int = 400) -> [MapDefinition] {
    let keySizes = [0, 1, 3, 4, 5, 8, 12, 20, 260, 261, 512, 513]
    let valueSizes = [0, 1, 4, 7, 8, 9, 12, 1024]
    let capacities = [0, 1, 3, 4, 1000, 4095, 4096, 8192, 12288]
    let flags = [0] + (0..<19).map { UInt32(1) << $0 } + [1 << 31, 0x18, 0x180, 0x401]
    let extras: [UInt64] = [0, 1, 15, 16, 1 << 32]
    let usual = usualShape(of: type)
    var shapes = [usual]
    func add(_ change: (inout MapDefinition) -> Void) {
      var shape = usual
      change(&shape)
      shapes.append(shape)
    }
    for size in keySizes { add { $0.keySize = size } }
    for size in valueSizes { add { $0.valueSize = size } }
    for capacity in capacities { add { $0.maxEntries = capacity } }
    for bits in flags { add { $0.flags = usual.flags.symmetricDifference(MapFlags(rawValue: bits)) } }
    for extra in extras { add { $0.extra = extra } }
    var random = SplitMix(seed: UInt64(type.rawValue))
    for _ in 0..<mixtures {
      add {
        $0.keySize = random.pick(keySizes + [usual.keySize])
        $0.valueSize = random.pick(valueSizes + [usual.valueSize])
        $0.maxEntries = random.pick(capacities)
        $0.extra = random.pick([0, 0, 0] + extras)
        $0.flags = random.pick([usual.flags, usual.flags, MapFlags(rawValue: random.pick(flags))])
      }
    }
    return shapes
  }

  private static func usualShape(of type: MapType) -> MapDefinition {
    var shape = MapDefinition(name: "shape", type: type, keySize: 4, valueSize: 8, maxEntries: 4)
    switch type {
    case .lpmTrie:
      shape.keySize = 8
      shape.flags = .noPreallocation
    case .programArray, .perfEventArray, .xskmap: shape.valueSize = 4
    case .arrayOfMaps, .hashOfMaps:
      shape.valueSize = 4
      shape.inner = [MapDefinition(name: "inner", type: .hash, keySize: 4, valueSize: 8, maxEntries: 2)]
    case .queue, .stack, .bloomFilter: shape.keySize = 0
    case .ringBuffer:
      shape.keySize = 0
      shape.valueSize = 0
      shape.maxEntries = 4096
    default: break
    }
    return shape
  }

  private static func refusal(_ make: () throws(MapError) -> Void) -> LinuxErrno? {
    do throws(MapError) {
      try make()
      return nil
    } catch {
      return error.code
    }
  }

  private static func refusal(_ make: () throws(KernelError) -> Void) -> LinuxErrno? {
    do throws(KernelError) {
      try make()
      return nil
    } catch {
      return error.code
    }
  }
}
