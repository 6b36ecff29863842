import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Maps in user space and in the kernel` {
  private let cpuCount: Int

  private static let sized = MapSubject.all.filter {
    $0.definition.flags.isDisjoint(with: [.readOnly, .writeOnly]) && $0.definition.keySize > 0
  }

  init() throws { cpuCount = try PossibleCPUs.count() }

  @Test(arguments: MapSubject.all, Seeds.first(8))
  func `answer the same to any sequence of operations`(subject: MapSubject, seed: UInt64) throws {
    let ours = try UserMap.make(subject.definition, cpuCount: cpuCount, memory: MemoryLimit())
    let kernels = try KernelMap.make(subject.definition)
    #expect(ours.valueByteCount == kernels.valueByteCount)
    var random = SplitMix(seed: seed)
    let values = subject.wholeValues(cpuCount: cpuCount)
    var history: [MapOperation] = []
    for _ in 0..<400 {
      let operation = random.operation(keys: subject.keys, values: values, walks: subject.isOrdered)
      history.append(operation)
      let answer = operation.perform(on: ours)
      let expected = operation.perform(on: kernels)
      try #require(
        answer == expected,
        "\(operation): \(answer), the kernel \(expected), after \(history.dropLast().suffix(12))"
      )
    }
    guard !subject.definition.flags.contains(.writeOnly) else { return }
    #expect(try contents(of: ours) == contents(of: kernels))
  }

  @Test(arguments: sized)
  func `refuse keys and values of another size`(subject: MapSubject) throws {
    let key = subject.keys[0]
    let value = subject.wholeValues(cpuCount: cpuCount)[0]
    let maps: [any BPFMap] = [
      try UserMap.make(subject.definition, cpuCount: cpuCount, memory: MemoryLimit()),
      try KernelMap.make(subject.definition),
    ]
    let wrong: [MapOperation] = [
      .lookup(key + [0]), .lookup(Array(key.dropLast())), .delete(key + [0]), .nextKey(key + [0]),
      .update(key + [0], value, flags: 0), .update(key, value + [0], flags: 0),
      .update(key, Array(value.dropLast()), flags: 0),
    ]
    for map in maps {
      for operation in wrong { #expect(operation.perform(on: map) == .refused(.invalid), "\(operation)") }
    }
  }
}
