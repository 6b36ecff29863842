import BPF
import BPFMaps
import BPFRuntime
import BPFVerifier
import Testing
import XDP

/// A 32-bit number as maps hold it.
private func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

/// Reads the first word of map 0's value.
private let readGlobal: [Instruction] = [
  .loadImmediate(.r1, .mapValue(index: 0, offset: 4)), .load(.word, .r0, from: Address(.r1)), .exit,
]

@Suite struct `Loading an object into user space` {
  private let data = MapDefinition(
    name: ".data",
    type: .array,
    keySize: 4,
    valueSize: 8,
    maxEntries: 1,
    initialContents: .section(.data, [1, 0, 0, 0, 3, 0, 0])
  )
  private let programs = MapDefinition(
    name: "stages",
    type: .programArray,
    keySize: 4,
    valueSize: 4,
    maxEntries: 4,
    initialContents: .programs([2: "second"])
  )
  /// Jumps to stage 2, or passes where there is none.
  private let jump: [Instruction] = [
    .loadImmediate(.r2, .map(index: 0)), .alu(.mov, .doubleWord, .r3, .immediate(2)), .call(.helper(12)),
    .alu(.mov, .doubleWord, .r0, .immediate(2)), .exit,
  ]

  @Test func `data sections hold their bytes, filled up with zeros`() throws {
    let object = try LoadedObject(unverified: [Program("reads", readGlobal, maps: [data])])
    var test = try PacketTest(object.engines[0], on: object.makeWorker())
    #expect(try test.run(PacketTest.Input([0])).action == .tx)
    #expect(try object.map(named: ".data")?.lookup(word(0)) == [1, 0, 0, 0, 3, 0, 0, 0])
  }

  @Test func `verified programs run on as many CPUs as their proof allows for`() throws {
    let verified = try Verifier(.xdp(processorCount: 2)).verify([Program("f", returning(2))])
    #expect(try LoadedObject(verified, options: LoadOptions(cpuCount: 2)).engines.count == 1)
    #expect(throws: LoadError.moreProcessors(program: "f", proven: 2, asked: 3)) {
      _ = try LoadedObject(verified, options: LoadOptions(cpuCount: 3))
    }
  }

  @Test(arguments: [(MapDefinition.DataSection.readOnly, true), (.kconfig, true), (.data, false)])
  func `what is read-only can no longer be changed from outside`(
    section: MapDefinition.DataSection,
    isFrozen: Bool
  ) throws {
    var data = data
    data.initialContents = .section(section, [1, 0, 0, 0, 3, 0, 0, 0])
    let object = try LoadedObject(unverified: [Program("reads", readGlobal, maps: [data])])
    let map = try #require(object.map(named: ".data"))
    #expect(map.isFrozen == isFrozen)
    var code: LinuxErrno?
    do throws(MapError) { try map.update(word(0), to: [UInt8](repeating: 9, count: 8)) } catch {
      code = error.code
    }
    #expect(code == (isFrozen ? .notPermitted : nil))
    #expect(try map.lookup(word(0))?.first == (isFrozen ? 1 : 9))
  }

  @Test func `programs share their maps`() throws {
    let write: [Instruction] = [
      .loadImmediate(.r1, .mapValue(index: 0, offset: 4)), .store(.word, .immediate(1), to: Address(.r1)),
    ]
    let object = try LoadedObject(unverified: [
      Program("writes", write + returning(2), maps: [data]), Program("reads", readGlobal, maps: [data]),
    ])
    var writing = try PacketTest(#require(object.engine(named: "writes")), on: object.makeWorker())
    var reading = try PacketTest(#require(object.engine(named: "reads")), on: object.makeWorker())
    _ = try writing.run(PacketTest.Input([0]))
    #expect(try reading.run(PacketTest.Input([0])).action == .drop)
    #expect(object.engine(named: "neither") == nil)
  }

  @Test func `two loads have maps of their own`() throws {
    let program = Program("reads", readGlobal, maps: [data])
    let first = try LoadedObject(unverified: [program])
    let second = try LoadedObject(unverified: [program])
    try first.maps[0].update(word(0), to: word(0) + word(1), .any)
    var test = try PacketTest(second.engines[0])
    #expect(try test.run(PacketTest.Input([0])).returned == 3)
  }

  @Test func `a program array holds programs from the start, and by their ids`() throws {
    let object = try LoadedObject(unverified: [
      Program("first", jump, maps: [programs]), Program("second", returning(1), maps: [programs]),
      Program("third", returning(3), maps: [programs]),
    ])
    var test = try PacketTest(#require(object.engine(named: "first")), on: object.makeWorker())
    #expect(try test.run(PacketTest.Input([0])).action == .drop)
    try object.map(named: "stages")?.update(word(2), to: word(3), .any)
    #expect(try test.run(PacketTest.Input([0])).action == .tx)
    try object.map(named: "stages")?.delete(word(2))
    #expect(try test.run(PacketTest.Input([0])).action == .pass)
    #expect(throws: MapError.self) { try object.map(named: "stages")?.update(word(2), to: word(4), .any) }
  }

  @Test func `programs and maps die with the object`() throws {
    weak var engine: Interpreter?
    weak var map: UserMap?
    do {
      let object = try LoadedObject(unverified: [
        Program("first", jump, maps: [programs]), Program("second", returning(1), maps: [programs]),
      ])
      engine = object.engines[0]
      map = object.maps[0]
      #expect(engine != nil && map != nil)
    }
    #expect(engine == nil)
    #expect(map == nil)
  }

  @Test func `what is wrong with an object is said by name`() {
    func refusal(_ programs: [Program]) -> LoadError? {
      #expect(throws: LoadError.self) { _ = try LoadedObject(unverified: programs) }
    }
    #expect(refusal([]) == .noPrograms)
    let pass = Program("a", returning(2))
    #expect(refusal([pass, pass]) == .duplicateProgram("a"))
    #expect(refusal([pass, Program("b", returning(2), maps: [data])]) == .differentMaps(program: "b"))
    #expect(
      refusal([Program("a", jump, maps: [programs])]) == .unknownProgram("second", map: "stages", index: 2)
    )
    var sockets = data
    sockets.type = .sockmap
    sockets.name = "sockets"
    let message = refusal([Program("a", returning(2), maps: [sockets])])?.description ?? ""
    #expect(message.contains("sockets") && message.contains("sockmap"))
  }

  /// Sizes that the kernel refuses, and what libbpf makes of them.
  @Test(arguments: [
    (MapType.perfEventArray, 0, 3), (.perfEventArray, 5, 5), (.ringBuffer, 1, 4096),
    (.ringBuffer, 4096, 4096), (.ringBuffer, 4097, 8192), (.ringBuffer, 10_000, 16_384),
  ])
  func `maps are as large as a loader makes them`(type: MapType, declared: Int, made: Int) throws {
    let size = type == .ringBuffer ? 0 : 4
    let map = MapDefinition(name: "m", type: type, keySize: size, valueSize: size, maxEntries: declared)
    let program = Program("a", returning(2), maps: [map])
    let object = try LoadedObject(unverified: [program], options: LoadOptions(cpuCount: 3))
    #expect(object.maps[0].definition.maxEntries == made)
  }

  @Test(arguments: [MapType.ringBuffer, .hash]) func `a map without a size is refused`(type: MapType) {
    let size = type == .ringBuffer ? 0 : 4
    let map = MapDefinition(name: "m", type: type, keySize: size, valueSize: size, maxEntries: 0)
    #expect(throws: LoadError.self) {
      _ = try LoadedObject(unverified: [Program("a", returning(2), maps: [map])])
    }
  }

  @Test func `maps keep within the memory limit`() {
    var huge = data
    huge.initialContents = .none
    huge.maxEntries = 1 << 28
    let options = LoadOptions(memoryLimit: MemoryLimit(byteCount: 1 << 20))
    #expect(throws: LoadError.self) {
      _ = try LoadedObject(unverified: [Program("a", returning(2), maps: [huge])], options: options)
    }
  }

  @Test func `a helper that does not exist here is a warning, and a trap where it is reached`() throws {
    let object = try LoadedObject(unverified: [Program("curious", [.call(.helper(84)), .exit])])
    #expect(object.warnings.count == 1)
    #expect(object.warnings.first?.contains("curious") == true)
    #expect(object.warnings.first?.contains("bpf_sk_lookup_tcp") == true)
    var test = try PacketTest(object.engines[0])
    let trap = try test.run(PacketTest.Input([0])).trap
    #expect(trap?.kind == .unknownHelper)
    #expect(trap?.message.contains("bpf_sk_lookup_tcp") == true)
  }

  @Test func `a run is stopped when its budget is used up`() throws {
    let object = try LoadedObject(
      unverified: [Program("spins", [.jump(offset: -1), .exit])],
      options: LoadOptions(budget: 1000)
    )
    var test = try PacketTest(object.engines[0])
    #expect(try test.run(PacketTest.Input([0])).trap?.kind == .budget)
  }
}

/// What Linux 6.18's test run returned for the same calls.
@Suite struct `Redirecting through a devmap` {
  private let definition = MapDefinition(
    name: "ports",
    type: .devmap,
    keySize: 4,
    valueSize: 4,
    maxEntries: 4
  )

  private func redirect(_ key: UInt64, _ flags: UInt64) throws -> (PacketTest.Outcome, LoadedObject) {
    let object = try LoadedObject(unverified: [
      Program(
        "sends",
        [
          .loadImmediate(.r1, .map(index: 0)), .loadImmediate(.r2, .value(key)),
          .loadImmediate(.r3, .value(flags)),
          .call(.helper(51)), .exit,
        ],
        maps: [definition]
      )
    ])
    try object.maps[0].update(word(2), to: word(7), .any)
    var test = try PacketTest(object.engines[0], on: object.makeWorker())
    return (try test.run(PacketTest.Input([0])), object)
  }

  @Test(
    arguments: [
      (0, 4), (1, 4), (2, 4), (3, 4), (4, 0), (7, 0), (8, 4), (9, 4), (16, 4), (18, 4), (24, 4), (32, 0),
      (1 << 32, 0),
      (1 << 32 | 2, 0),
    ] as [(UInt64, UInt32)]
  )
  func `to a key that is there, flags decide`(flags: UInt64, action: UInt32) throws {
    let (outcome, object) = try redirect(2, flags)
    #expect(outcome.returned == action)
    guard action == 4 else { return }
    #expect(outcome.redirect?.ifindex == 7)
    #expect(outcome.redirect?.key == 2)
    #expect(outcome.redirect?.flags.rawValue == UInt32(flags))
    #expect(try object.map(of: #require(outcome.redirect))?.definition.name == "ports")
  }

  @Test(
    arguments: [
      (0, 0), (1, 1), (2, 2), (3, 3), (4, 0), (7, 0), (8, 4), (9, 4), (16, 0), (18, 2), (24, 4), (32, 0),
      (1 << 32, 0),
      (1 << 32 | 2, 0),
    ] as [(UInt64, UInt32)]
  )
  func `to a key that is not there, the low flags are the action`(flags: UInt64, action: UInt32) throws {
    #expect(try redirect(0, flags).0.returned == action)
    #expect(try redirect(9, flags).0.returned == action)
  }

  @Test func `only the low half of the key counts`() throws {
    #expect(try redirect(1 << 32 | 2, 0).0.redirect?.ifindex == 7)
  }

  @Test func `through a map that holds no interfaces is a trap that names it`() throws {
    let array = MapDefinition(name: "numbers", type: .array, keySize: 4, valueSize: 4, maxEntries: 1)
    let object = try LoadedObject(unverified: [
      Program(
        "sends",
        [
          .loadImmediate(.r1, .map(index: 0)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
          .alu(.mov, .doubleWord, .r3, .immediate(0)), .call(.helper(51)), .exit,
        ],
        maps: [array]
      )
    ])
    var test = try PacketTest(object.engines[0])
    #expect(try test.run(PacketTest.Input([0])).trap?.message.contains("numbers") == true)
  }
}
