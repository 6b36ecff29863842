import BPF
import LinuxKernel
import TestSupport
import Testing
import XDP

@Suite(KernelAccess.required) struct `Packets with fragments on every engine` {
  /// Lengths, with how much of each is in the first frame.
  private static let shapes = [
    (14, 14), (15, 14), (64, 14), (100, 50), (3520, 3520), (3521, 3520), (3521, 3519), (4000, 100),
    (7616, 3520), (7617, 3520), (9000, 3520), (9000, 14), (12_288, 4000), (20_000, 1000), (73_152, 3520),
  ]

  private static func packet(_ length: Int) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  private func filled(_ engines: borrowing Engines) throws {
    let bytes = (0..<FragmentScript.room).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ 5) }
    try engines.maps[3].update([0, 0, 0, 0], to: bytes)
    try engines.kernelMaps[3].update([0, 0, 0, 0], to: bytes)
  }

  @Test(arguments: shapes)
  func `every move of an end has the same effect`(length: Int, linear: Int) throws {
    var engines = try Engines(FragmentScript.program(stepCount: 1))
    let packet = Self.packet(length)
    let last = (length - linear) % 4096
    let edges = [
      0, -216, linear - 14, length - 14, 14 - length, linear - length, 4096 - last, -last, -last - 4096,
      3520 - linear, Int(Int32.min), Int(Int32.max), -4096, 4096, linear, length, 3520, 3520 + 216,
      3520 + 212,
    ]
    for target in [FragmentScript.Step.Target.head, .tail, .metadata, .pull] {
      for edge in edges {
        for delta in edge - 3...edge + 3 {
          guard let offset = Int32(exactly: delta) else { continue }
          let difference = try engines.difference(
            [.init(target: target, offset: offset)],
            on: packet,
            metadata: target == .tail ? [] : [1, 2, 3, 4],
            linear: linear
          )
          try #require(difference == nil, "\(target) \(offset) of \(length) bytes, \(linear) linear")
        }
      }
    }
  }

  @Test(arguments: shapes)
  func `bytes are copied from and to the same places`(length: Int, linear: Int) throws {
    var engines = try Engines(FragmentScript.program(stepCount: 1))
    try filled(engines)
    let packet = Self.packet(length)
    let offsets = [0, 1, linear - 1, linear, linear + 1, linear + 4095, linear + 4096, length - 1, length]
    let counts = [1, 2, 7, 4096, 4097, 8192, length, 0xffff, 0x10000, 70_000]
    for offset in offsets + [-1, 0xffff, 0x10000, Int(Int32.max), Int(Int32.min)] {
      for count in counts + [max(1, length - max(0, offset)), max(1, length - max(0, offset) + 1)] {
        guard count <= FragmentScript.room else { continue }
        for target in [FragmentScript.Step.Target.load, .store] {
          let step = FragmentScript.Step(target: target, offset: Int32(offset), count: UInt32(count))
          let difference = try engines.difference([step], on: packet, linear: linear)
          try #require(difference == nil, "\(step) of \(length) bytes, \(linear) linear")
        }
      }
    }
  }

  @Test(arguments: Seeds.first(16))
  func `any sequence of calls leaves the same packet`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let stepCount = Int.random(in: 2...8, using: &random)
    var engines = try Engines(FragmentScript.program(stepCount: stepCount))
    try filled(engines)
    for _ in 0..<60 {
      let (length, linear) = random.pick(Self.shapes)
      let steps = (0..<stepCount).map { _ in random.fragmentStep(length, linear) }
      let metadata = random.bytes(random.pick([0, 0, 4, 32]))
      let difference = try engines.difference(
        steps,
        on: Self.packet(length),
        metadata: metadata,
        linear: linear
      )
      try #require(
        difference == nil,
        "\(steps) on \(length) bytes, \(linear) linear, metadata \(metadata.count)"
      )
    }
  }

  @Test(arguments: shapes)
  func `a program that does not know fragments sees the first part`(length: Int, linear: Int) throws {
    var engines = try Engines(FragmentScript.program(stepCount: 1, flags: []))
    for target in [FragmentScript.Step.Target.head, .tail, .metadata, .pull] {
      for offset in [-5000, -4, 0, 4, 5000] as [Int32] {
        let step = FragmentScript.Step(target: target, offset: offset)
        #expect(try engines.difference([step], on: Self.packet(length), linear: linear) == nil)
      }
    }
  }

  @Test func `a packet of more than seventeen fragments is refused`() throws {
    let program = try FragmentScript.program(stepCount: 1)
    let packet = Self.packet(73_153)
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program).testRun(packet: packet) }
    #expect(error?.code == .noMemory)
    var test = try PacketTest(LoadedObject(unverified: [program]).engines[0])
    #expect(throws: PacketTestError.self) { try test.run(PacketTest.Input(packet)) }
  }
}

extension SplitMix {
  fileprivate mutating func fragmentStep(_ length: Int, _ linear: Int) -> FragmentScript.Step {
    let target = pick(FragmentScript.Step.Target.allCases)
    let near = pick([0, linear, length, length - linear, -(length - linear), 4096, -4096, 1])
    let offset = Int32(near + Int.random(in: -40...40, using: &self))
    switch target {
    case .load, .store:
      let count = pick([1, 2, 14, 64, 1000, 5000, length, max(1, length - Int(offset))])
      return .init(target: target, offset: offset, count: UInt32(max(1, min(count, FragmentScript.room))))
    case .metadata: return .init(target: target, offset: offset / 8 * 4)
    case .pull:
      return .init(target: target, offset: Int32(pick([linear + 20, 3520, 3736, length, Int(offset)])))
    default: return .init(target: target, offset: offset)
    }
  }
}
