import BPF
import BPFJIT
import BPFMaps
import BPFVerifier
import Emulation
import LinuxKernel
import TestSupport
import XDP

/// All programs of one object on the interpreter, on the oracle, as machine code and in the kernel, each with maps of its own.
final class ObjectComparison {
  /// What can be wrong with one run.
  struct Difference: Hashable, CustomStringConvertible {
    /// The engine that does not do as the kernel does.
    var engine: String
    /// What differs, such as `data`.
    var field: String
    /// What the engine has, and what the kernel has.
    var ours: String, kernels: String

    var description: String { "\(engine), \(field): \(ours), the kernel's \(kernels)" }
  }

  /// A program on an engine of ours.
  private final class Lane {
    let name: String
    var test: PacketTest

    init(_ name: String, _ test: consuming PacketTest) {
      self.name = name
      self.test = test
    }
  }

  /// The programs' names.
  let entries: [String]
  /// The kernel's maps.
  let kernelMaps: [KernelMap]
  /// How many records the kernel's programs have put out, as far as they were read.
  private(set) var recordCount = 0
  /// Why there is no machine code to compare.
  private(set) var notCompiled: CompilationError?
  private let objects: [(name: String, object: LoadedObject)]
  private let lanes: [[Lane]]
  private let kernel: [LoadedProgram]
  private let subject: ProgramSubject
  /// The ring of a perf event's reader, in bytes: small enough to be full at times.
  private static let ringByteCount = 1 << 14

  /// Loads the programs everywhere, and fills the maps as the subject says.
  init(_ programs: [Program], of subject: ProgramSubject) throws {
    kernel = try KernelEngine.load(programs)
    kernelMaps = kernel[0].maps
    let options = LoadOptions(cpuCount: try PossibleCPUs.count(), clock: .host)
    let fast = try LoadedObject(unverified: programs, options: options)
    let oracle = try LoadedObject(unverified: programs, options: options)
    var objects = [("interpreter", fast), ("oracle", oracle)]
    entries = programs.map(\.name)
    var lanes = try programs.indices.map { index in
      [
        Lane("interpreter", try PacketTest(fast.engines[index], on: fast.makeWorker())),
        Lane("oracle", try PacketTest(oracle.oracle(for: oracle.engines[index]), on: oracle.makeWorker())),
      ]
    }
    do {
      let verified = try programs.map { try Verifier(.xdp()).verify($0) }
      for tested in TestedProcessor.all {
        let machine = try LoadedObject(unverified: programs, options: options)
        let compiled = try verified.map { try machine.compiled($0, on: tested.processor) }
        for (index, program) in compiled.enumerated() {
          let test = try PacketTest(program, on: machine.makeWorker())
          lanes[index].append(Lane(tested.testDescription, test))
        }
        objects.append((tested.testDescription, machine))
      }
    } catch let error as CompilationError {
      notCompiled = error
    }
    self.objects = objects
    self.lanes = lanes
    self.subject = subject
    for (index, kernels) in kernelMaps.enumerated() where kernels.definition.type == .perfEventArray {
      try kernels.openReaders(byteCount: Self.ringByteCount)
      for (_, object) in objects {
        (object.maps[index] as? PerfEventArrayMap)?.openAll(byteCount: Self.ringByteCount)
      }
    }
    for entry in subject.entries {
      try kernelMaps.first { $0.definition.name == entry.map }?.update(entry.key, to: entry.value, .any)
      for (_, object) in objects {
        try object.map(named: entry.map)?.update(entry.key, to: entry.value, .any)
      }
    }
  }

  /// Runs one packet through a program on every engine: what the kernel makes of it, and what is not the same.
  ///
  /// `linear` bytes of the packet lie in its first piece, nil for as many as fit.
  func run(
    _ entry: Int,
    _ packet: [UInt8],
    metadata: [UInt8] = [],
    linear: Int? = nil
  ) throws -> (kernel: TestRunResult, difference: Difference?) {
    let context = XDPTestContext(metadata: metadata, linearByteCount: linear)
    let expected = try kernel[entry].testRun(packet: packet, context: context)
    var difference: Difference?
    for lane in lanes[entry] {
      let ours = try lane.test.run(PacketTest.Input(packet, metadata: metadata, linearByteCount: linear))
      func compare<Value: Equatable>(_ field: String, _ our: Value, _ kernels: Value) {
        guard our != kernels, difference == nil else { return }
        difference = Difference(engine: lane.name, field: field, ours: "\(our)", kernels: "\(kernels)")
      }
      compare("trap", ours.trap?.description, nil)
      compare("returned", ours.returned, expected.returned)
      compare("length", ours.bytes.count, expected.data.count)
      compare("data", ours.bytes, expected.data)
      compare("linear part", ours.linearByteCount, expected.linearByteCount)
      compare("metadata", ours.metadata, expected.metadata)
    }
    return (expected, difference)
  }

  /// Does what a control plane may do while packets come: writes, replaces and deletes entries of some map.
  ///
  /// All that a map holds may be meant, whatever the program makes of it then.
  func interfere(_ random: inout SplitMix) throws -> Difference? {
    // Readers come now and then: rings are full at times.
    if Int.random(in: 0..<8, using: &random) == 0, let difference = try differingRecords() {
      return difference
    }
    let writable = kernelMaps.indices.filter { index in
      let definition = kernelMaps[index].definition
      switch definition.type {
      case .hash, .array, .perCPUArray, .perCPUHash, .lruHash, .lruPerCPUHash, .lpmTrie: break
      default: return false
      }
      // A clock's time is nobody's promise, and a large map takes long to walk.
      if subject.comparedBytes[definition.name] != nil || definition.maxEntries > 512 { return false }
      if case .section = definition.initialContents { return false }
      // What stands in the padding behind a CPU's value is nobody's, but the kernel keeps it.
      if definition.type.isPerCPU, definition.valueSize % 8 != 0 { return false }
      return true
    }
    guard !writable.isEmpty else { return nil }
    let index = random.pick(writable), kernels = kernelMaps[index]
    let present = try contents(of: kernels).sorted { $0.key.lexicographicallyPrecedes($1.key) }
    guard !present.isEmpty else { return nil }
    func changed(_ bytes: [UInt8]) -> [UInt8] {
      var bytes = bytes
      for _ in 0..<2 where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = random.pick([0, 1, 2, 0x80, 0xFF])
      }
      return bytes
    }
    let keys = present.map(\.key), values = present.map(\.value)
    let operation = random.operation(
      keys: [random.pick(keys), random.pick(keys), changed(random.pick(keys))],
      values: [random.pick(values), changed(random.pick(values))],
      walks: false
    )
    let expected = operation.perform(on: kernels)
    for (name, object) in objects {
      let ours = operation.perform(on: object.maps[index])
      guard ours != expected else { continue }
      let field = "\(operation) of \(kernels.definition.name)"
      return Difference(engine: name, field: field, ours: "\(ours)", kernels: "\(expected)")
    }
    return nil
  }

  /// Reads all ring buffers and perf event arrays: the first that did not have the same records.
  func differingRecords() throws -> Difference? {
    var difference: Difference?
    for (index, kernels) in kernelMaps.enumerated() where kernels.definition.type.hasRecords {
      let expected = try kernels.takeRecords(), isPadded = kernels.definition.type == .perfEventArray
      recordCount += expected.count
      for (name, object) in objects {
        let ours = try object.maps[index].takeRecords()
        let isSame = isPadded ? PerfEventArrayMap.isSame : { $0 == $1 }
        let place = zip(ours, expected).enumerated().first { !isSame($1.0, $1.1) }?.offset
        guard difference == nil, place != nil || ours.count != expected.count else { continue }
        let first = place ?? min(ours.count, expected.count)
        difference = Difference(
          engine: name,
          field: "record \(first) of \(kernels.definition.name)",
          ours: "\(ours.dropFirst(first).first.map { "\($0)" } ?? "none")",
          kernels: "\(expected.dropFirst(first).first.map { "\($0)" } ?? "none")"
        )
      }
    }
    return difference
  }

  /// The maps that do not hold the same.
  ///
  /// Program arrays hold ids, which are each side's own; of ring buffers and perf event arrays the records are compared.
  func differingMaps() throws -> [Difference] {
    var differences = try differingRecords().map { [$0] } ?? []
    for (index, kernels) in kernelMaps.enumerated() {
      let definition = kernels.definition
      switch definition.type {
      case .programArray, .arrayOfMaps, .hashOfMaps, .ringBuffer, .perfEventArray: continue
      default: break
      }
      let expected = try compared(kernels)
      for (name, object) in objects {
        let ours = try compared(object.maps[index])
        guard ours != expected else { continue }
        let keys = Set(ours.keys).union(expected.keys).filter { ours[$0] != expected[$0] }
        differences.append(
          Difference(
            engine: name,
            field: "map \(definition.name)",
            ours: "\(ours.filter { keys.contains($0.key) })",
            kernels: "\(expected.filter { keys.contains($0.key) })"
          )
        )
      }
    }
    return differences
  }

  /// What a map holds, as far as it is to be compared.
  private func compared(_ map: any BPFMap) throws -> [[UInt8]: [UInt8]] {
    let count = subject.comparedBytes[map.definition.name] ?? .max
    return try contents(of: map).mapValues { Array($0.prefix(count)) }
  }
}

extension MapType {
  /// Whether programs hand records to readers by it.
  fileprivate var hasRecords: Bool { self == .ringBuffer || self == .perfEventArray }
}
