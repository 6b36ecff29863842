import BTF
import Testing

typealias CORETests = `CO-RE relocations`

@Suite struct `CO-RE relocations` {
  /// What libbpf makes of the fixture: old and new value (nil: the instruction is replaced by an invalid one).
  static let expected: [(section: String, answers: [Answer])] = [
    (
      "xdp/offsets",
      [
        Answer(0, 8), Answer(4, 16, .resize(from: 4, to: 8)), Answer(8, 24, .lossy(from: 4, to: 8)),
        Answer(16, 32), Answer(28, 104, .lossy(from: 4, to: 2)), Answer(40, 88, .lossy(from: 4, to: 2)),
        Answer(48, 112), Answer(52, nil), Answer(56, nil), Answer(63, 139), Answer(72, 160), Answer(0, 116),
        Answer(0, nil),
      ]
    ),
    (
      "xdp/fields",
      [
        Answer(1, 0), Answer(1, 1), Answer(4, 8), Answer(0, 0), Answer(1, 1), Answer(nil, 44), Answer(nil, 4),
        Answer(nil, 57), Answer(59, 57), Answer(0, 0), Answer(1, 1), Answer(8, 16),
      ]
    ),
    (
      "xdp/types",
      [
        Answer(nil, 6), Answer(nil, 8), Answer(nil, 0), Answer(1, 1), Answer(72, 152), Answer(1, 0),
        Answer(4, 0),
        Answer(1, 1), Answer(1, 1), Answer(1, 1), Answer(1, 0),
      ]
    ),
    (
      "xdp/values",
      [
        Answer(1, 1), Answer(1, 5), Answer(1, 0), Answer(9, nil), Answer(1, 5),
        Answer(0x1122_3344_5566_7788, 0x7766_5544_3322_1100),
      ]
    ),
  ]

  struct Answer: Equatable {
    var original: UInt64?
    var value: UInt64?
    var access: COREResolution.AccessChange

    init(_ original: UInt64?, _ value: UInt64?, _ access: COREResolution.AccessChange = .none) {
      self.original = original
      self.value = value
      self.access = access
    }
  }

  @Test(arguments: expected.map(\.section))
  func `are answered as libbpf answers them`(section: String) throws {
    let answers = try #require(Self.expected.first { $0.section == section }?.answers)
    var resolver = COREResolver(
      local: try TestBTF.fixture("core_local"),
      target: try TestBTF.fixture("core_target")
    )
    let relocations = try #require(TestBTF.fixtureExtension("core_local").relocations[section])
    #expect(relocations.count == answers.count)
    for (relocation, answer) in zip(relocations, answers) {
      let resolution = try resolver.resolve(relocation)
      let found = Answer(resolution.original, resolution.value, resolution.access)
      #expect(found == answer, "\(resolution.explanation)")
    }
  }

  @Test func `every kind is asked by the fixture`() throws {
    let relocations = try TestBTF.fixtureExtension("core_local").relocations.values.joined()
    #expect(Set(relocations.map(\.kind)) == Set(CORERelocation.Kind.allCases))
  }

  @Test func `nothing changes on the types that the object was built with`() throws {
    let btf = try TestBTF.fixture("core_local")
    var resolver = COREResolver(local: btf, target: btf)
    for relocation in try TestBTF.fixtureExtension("core_local").relocations.values.joined() {
      // Flavours ask for a type of another name, and its fields.
      guard !btf.name(of: relocation.type).contains("___"), btf.name(of: relocation.type) != "moved" else {
        continue
      }
      let resolution = try resolver.resolve(relocation)
      if let original = resolution.original {
        #expect(resolution.value == original, "\(resolution.explanation)")
      }
    }
  }

  @Test func `explanations name the field and what was found`() throws {
    var resolver = COREResolver(
      local: try TestBTF.fixture("core_local"),
      target: try TestBTF.fixture("core_target")
    )
    let relocations = try #require(TestBTF.fixtureExtension("core_local").relocations["xdp/offsets"])
    let explanations = try relocations.map { try resolver.resolve($0).explanation }
    #expect(explanations[5].hasPrefix("byte_off of struct moved.list[2].b: found in struct moved ["))
    #expect(
      explanations[8].hasPrefix(
        "byte_off of struct moved.gone: not found, or of an incompatible type, in the target's struct moved ["
      )
    )
    #expect(explanations[12] == "byte_off of struct absent.field: the target has no struct named absent")
  }

  @Test(arguments: [
    ("0:99", "step 1 of '0:99' is past the last of 12 members"),
    ("0:7:9:0", "step 2 of '0:7:9:0' is past the last of 4 elements"),
    ("0:0:0", "step 2 of '0:0:0' leads into a integer"),
    ("", "'' is not an access string"), (":1", "':1' is not an access string"),
    ("0:-1", "'0:-1' is not an access string"),
    ("0:x", "'0:x' is not an access string"), ("99999999999", "'99999999999' is not an access string"),
  ])
  func `access strings that lead out of the type are refused`(access: String, reason: String) throws {
    let local = try TestBTF.fixture("core_local")
    var resolver = COREResolver(local: local, target: try TestBTF.fixture("core_target"))
    let relocation = CORERelocation(
      byteOffset: 0,
      kind: .fieldByteOffset,
      type: try local.id("moved"),
      access: access
    )
    let error = #expect(throws: BTFError.self) { try resolver.resolve(relocation) }
    #expect(error?.description == "CO-RE relocation byte_off of struct moved (\(access)): \(reason)")
  }

  static func structure(_ name: String, fieldAt byteOffset: Int, type: BTF.TypeID = 1) -> BTFType {
    .structure(
      .init(name: name, byteCount: 16, members: [.init(name: "field", type: type, bitOffset: byteOffset * 8)])
    )
  }

  static let int = BTFType.integer(name: "int", byteCount: 4, bitOffset: 0, bitCount: 32, encoding: .signed)

  @Test func `candidates that agree are one answer, others an error`() throws {
    let local = BTF(types: [.void, Self.int, Self.structure("s", fieldAt: 0)])
    let agreeing = BTF(
      types: [.void, Self.int, Self.structure("s", fieldAt: 8), Self.structure("s___2", fieldAt: 8)]
    )
    let relocation = CORERelocation(byteOffset: 0, kind: .fieldByteOffset, type: 2, access: "0:0")
    var resolver = COREResolver(local: local, target: agreeing)
    #expect(try resolver.resolve(relocation).value == 8)
    let disagreeing = BTF(
      types: [.void, Self.int, Self.structure("s", fieldAt: 8), Self.structure("s___2", fieldAt: 4)]
    )
    resolver = COREResolver(local: local, target: disagreeing)
    let error = #expect(throws: BTFError.self) { try resolver.resolve(relocation) }
    #expect(
      error?.fault == .relocation(.ambiguous(candidates: ["struct s [2] says 8", "struct s___2 [3] says 4"]))
    )
  }

  @Test func `candidates that don't lead through drop out for later questions`() throws {
    let empty = BTFType.structure(.init(name: "s", byteCount: 4, members: []))
    let local = BTF(types: [.void, Self.int, Self.structure("s", fieldAt: 0)])
    let target = BTF(types: [.void, Self.int, empty, Self.structure("s", fieldAt: 8)])
    var resolver = COREResolver(local: local, target: target)
    let size = CORERelocation(byteOffset: 0, kind: .typeSize, type: 2, access: "0")
    #expect(throws: BTFError.self) { try resolver.resolve(size) }
    let offset = CORERelocation(byteOffset: 0, kind: .fieldByteOffset, type: 2, access: "0:0")
    #expect(try resolver.resolve(offset).value == 8)
    #expect(try resolver.resolve(size).value == 16)
  }

  @Test(.enabled(if: TestBTF.hasKernel))
  func `the running kernel's fields are where its types say`() throws {
    let kernel = try BTF(#require(TestBTF.kernelBytes))
    let unsigned = BTFType.integer(
      name: "unsigned int",
      byteCount: 4,
      bitOffset: 0,
      bitCount: 32,
      encoding: .unsigned
    )
    let local = BTF(
      types: [
        .void, unsigned,
        .structure(
          .init(
            name: "xdp_buff___small",
            byteCount: 4,
            members: [.init(name: "frame_sz", type: 1, bitOffset: 0)]
          )
        ),
        .structure(
          .init(name: "sk_buff", byteCount: 4, members: [.init(name: "len", type: 1, bitOffset: 0)])
        ),
      ]
    )
    var resolver = COREResolver(local: local, target: kernel)
    for (type, name, field) in [(2, "xdp_buff", "frame_sz"), (3, "sk_buff", "len")]
      as [(BTF.TypeID, String, String)]
    {
      let relocation = CORERelocation(byteOffset: 0, kind: .fieldByteOffset, type: type, access: "0:0")
      let place = try kernel.place(of: field, in: kernel.id(name, .structure))
      #expect(try resolver.resolve(relocation).value == UInt64(place.byteOffset))
    }
  }
}
