import BPF
import BPFMaps
import BTF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Values with a spin lock in user space and in the kernel` {
  /// `struct value { u64 count; struct bpf_spin_lock lock; u32 mark; u8 tail[4]; }`, the lock at byte 8.
  private static let types = BTF(types: [
    .void,
    .integer(name: "u32", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .unsigned),
    .integer(name: "u64", byteCount: 8, bitOffset: 0, bitCount: 64, encoding: .unsigned),
    .structure(
      BTFType.Composite(
        name: "bpf_spin_lock",
        byteCount: 4,
        members: [BTFType.Member(name: "val", type: 1, bitOffset: 0)]
      )
    ),
    .structure(
      BTFType.Composite(
        name: "value",
        byteCount: 24,
        members: [
          BTFType.Member(name: "count", type: 2, bitOffset: 0),
          BTFType.Member(name: "lock", type: 3, bitOffset: 64),
          BTFType.Member(name: "mark", type: 1, bitOffset: 96),
          BTFType.Member(name: "tail", type: 2, bitOffset: 128),
        ]
      )
    ),
  ])

  private static func definition(_ type: MapType, isLocked: Bool = true) -> MapDefinition {
    var definition = MapDefinition(
      name: "locked",
      type: type,
      keySize: 4,
      valueSize: 24,
      maxEntries: 3,
      keyType: isLocked ? 1 : 0,
      valueType: isLocked ? 4 : 0
    )
    definition.fields = definition.kernelFields(in: types)
    return definition
  }

  @Test func `the lock is where the type says`() {
    #expect(Self.definition(.hash).fields == [KernelField(.spinLock, at: 8)])
  }

  /// One operation on both sides, with whatever flags.
  private enum Step: CustomStringConvertible {
    case lookup([UInt8], UInt64), update([UInt8], [UInt8], UInt64), take([UInt8], UInt64)

    var description: String {
      switch self {
      case .lookup(let key, let flags): "lookup \(key), flags \(flags)"
      case .update(let key, let value, let flags): "update \(key) to \(value), flags \(flags)"
      case .take(let key, let flags): "take \(key), flags \(flags)"
      }
    }

    func perform(on map: any BPFMap) -> MapOperation.Answer {
      do throws(MapError) {
        switch self {
        case .lookup(let key, let flags):
          return .bytes(try map.lookup(key, MapUpdateFlags(rawValue: flags)))
        case .update(let key, let value, let flags):
          try map.update(key, to: value, MapUpdateFlags(rawValue: flags))
          return .done
        case .take(let key, let flags): return .bytes(try map.take(key, MapUpdateFlags(rawValue: flags)))
        }
      } catch { return .refused(error.code) }
    }
  }

  @Test(arguments: [(MapType.array, true), (.array, false), (.hash, true), (.hash, false)], Seeds.first(3))
  func `answer the same with and without the lock's flag`(
    kind: (type: MapType, isLocked: Bool),
    seed: UInt64
  ) throws {
    let definition = Self.definition(kind.type, isLocked: kind.isLocked)
    let ours = try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit())
    let kernels = try KernelEngine.makeMaps([definition], btf: Self.types)[0]
    var random = SplitMix(seed: seed)
    let keys = (0..<5).map { MapSubject.key($0, 4) }
    for _ in 0..<300 {
      let flags: UInt64 = random.pick([0, 0, 4, 4, 4, 1, 2, 3, 5, 6, 7, 8, 12])
      let step: Step =
        switch Int.random(in: 0..<6, using: &random) {
        case 0, 1: .lookup(random.pick(keys), flags)
        case 2: .take(random.pick(keys), flags)
        // Whatever a value says in the lock's place is not stored.
        default: .update(random.pick(keys), random.bytes(24), flags)
        }
      let answers = [step.perform(on: ours), step.perform(on: kernels)]
      try #require(answers[0] == answers[1], "\(step): \(answers)")
      if case .bytes(let value?) = answers[0], kind.isLocked { #expect(value[8..<12] == [0, 0, 0, 0]) }
    }
    #expect(try contents(of: ours) == contents(of: kernels))
  }

  @Test(arguments: [MapType.array, .hash])
  func `batches take the lock's flag, and only where there is a lock`(type: MapType) throws {
    for isLocked in [true, false] {
      let definition = Self.definition(type, isLocked: isLocked)
      let maps: [any BPFMap] = [
        try UserMap.make(definition, cpuCount: 1, memory: MemoryLimit()),
        try KernelEngine.makeMaps([definition], btf: Self.types)[0],
      ]
      let entries = (0..<3).map {
        MapBatch.Entry(key: MapSubject.key($0, 4), value: [UInt8](repeating: UInt8($0 + 1), count: 24))
      }
      for map in maps {
        if isLocked {
          try map.updateBatch(entries, .lock)
          let batch = try map.lookupBatch(from: nil, count: 10, .lock)
          #expect(Set(batch.entries.map(\.value)) == Set(entries.map { $0.value.replacing(8..<12, with: 0) }))
        } else {
          let error = #expect(throws: MapBatchError.self) { try map.updateBatch(entries, .lock) }
          #expect(error?.error.code == .invalid)
          #expect(throws: MapError.self) { try map.lookupBatch(from: nil, count: 10, .lock) }
        }
      }
    }
  }
}

extension [UInt8] {
  fileprivate func replacing(_ range: Range<Int>, with byte: UInt8) -> [UInt8] {
    var result = self
    for index in range { result[index] = byte }
    return result
  }
}
