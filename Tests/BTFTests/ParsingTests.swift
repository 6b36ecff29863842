import BTF
import Testing

@Suite struct `BTF parsing` {
  @Test func `every kind that clang writes is read`() throws {
    let btf = try TestBTF.fixture("btf_types")
    #expect(Set(btf.types.map(\.kind)) == Set(BTFType.Kind.allCases))
    #expect(
      btf[try btf.id("color")]
        == .enumeration(
          name: "color",
          byteCount: 4,
          isSigned: false,
          values: [
            .init(name: "RED", value: 0), .init(name: "GREEN", value: 7),
            .init(name: "BLUE", value: 4_000_000_000),
          ]
        )
    )
    #expect(
      btf[try btf.id("temperature")]
        == .enumeration(
          name: "temperature",
          byteCount: 4,
          isSigned: true,
          values: [
            .init(name: "COLD", value: -40), .init(name: "MILD", value: 0), .init(name: "HOT", value: 40),
          ]
        )
    )
    #expect(
      btf[try btf.id("wide")]
        == .enumeration(
          name: "wide",
          byteCount: 8,
          isSigned: false,
          values: [
            .init(name: "SMALL", value: 1), .init(name: "HUGE", value: 0x1234_5678_9abc_def0),
            .init(name: "TOP", value: -1),
          ]
        )
    )
  }

  @Test func `bit-fields have their place and width`() throws {
    let btf = try TestBTF.fixture("btf_types")
    let members = try #require(btf[try btf.id("bits")].composite?.members)
    #expect(members.map(\.name) == ["version", "length", "delta", "wide", "flag"])
    #expect(members.map(\.bitOffset) == [0, 4, 8, 16, 56])
    #expect(members.map(\.bitFieldWidth) == [4, 4, 5, 40, 1])
  }

  @Test func `functions, variables, sections and tags refer to each other`() throws {
    let btf = try TestBTF.fixture("btf_types")
    guard case .function(_, let prototype, .static) = btf[try btf.id("helper")],
      case .functionPrototype(_, let parameters, false) = btf[prototype]
    else {
      Issue.record("no static function 'helper'")
      return
    }
    #expect(parameters.map(\.name) == ["node", "by"])
    guard case .function(_, let externalPrototype, .extern) = btf[try btf.id("external_function")],
      case .functionPrototype(_, _, let isVariadic) = btf[externalPrototype]
    else {
      Issue.record("no extern function")
      return
    }
    #expect(isVariadic)
    guard case .dataSection(_, _, let variables) = btf[try btf.id(".ksyms")] else {
      Issue.record("no section .ksyms")
      return
    }
    #expect(Set(variables.map { btf.name(of: $0.type) }) == ["external_function", "external_variable"])
    let tags = btf.types.compactMap { type -> String? in
      guard case .declarationTag(let name, let target, let component, _) = type else { return nil }
      return "\(name) \(btf.name(of: target)) \(component.map(String.init) ?? "-")"
    }
    #expect(
      Set(tags) == [
        "member node 19", "typedef  -", "variable keeper -", "argument global_function 1",
      ]
    )
  }

  @Test func `tags that are the compiler's attributes stay so`() throws {
    let name: UInt32 = 1
    let words: [UInt32] = [
      0, TestBTF.info(1), 4, 32, name, TestBTF.info(17, flag: true), 1, .max, name,
      TestBTF.info(18, flag: true),
      1, name, TestBTF.info(18), 1,
    ]
    let typed = words.enumerated().map { $0.offset == 0 ? name : $0.element }
    let btf = try BTF(TestBTF.bytes(typed, strings: ["preserve"]))
    #expect(btf[2] == .declarationTag(name: "preserve", type: 1, component: nil, isAttribute: true))
    #expect(btf[3] == .typeTag(name: "preserve", of: 1, isAttribute: true))
    #expect(btf[4] == .typeTag(name: "preserve", of: 1))
    #expect(try BTF(btf.encoded()) == btf)
  }

  @Test(arguments: ["btf_types", "core_local", "core_target", "shared_state"])
  func `what is parsed and encoded is parsed as the same`(fixture: String) throws {
    let btf = try TestBTF.fixture(fixture)
    #expect(btf.types.count > 10)
    #expect(try BTF(btf.encoded()) == btf)
    #expect(try BTF(BTF(types: btf.types).encoded()) == btf)
  }

  @Test(.enabled(if: TestBTF.hasKernel))
  func `the running kernel's types survive a round trip`() throws {
    let btf = try BTF(#require(TestBTF.kernelBytes))
    #expect(btf.types.count > 10_000)
    let id = try btf.id("sk_buff", .structure)
    #expect(btf[id].composite?.members.isEmpty == false)
    #expect(try BTF(btf.encoded()) == btf)
  }

  @Test func `a split BTF continues its base's types and strings`() throws {
    let base = try BTF(TestBTF.bytes(TestBTF.int(name: 1), strings: ["int"]))
    // Strings of the base end at 5: offset 1 is the base's "int", offset 5 the split's own first.
    let split = TestBTF.bytes(
      [5, TestBTF.info(8), 1, 1, TestBTF.info(8), 2],
      strings: ["number"],
      startsWithZero: false
    )
    let btf = try BTF(split, base: base)
    #expect(btf.types.count == 4)
    #expect(btf.baseTypeCount == 2)
    #expect(btf[2] == .typedef(name: "number", of: 1))
    #expect(btf[3] == .typedef(name: "int", of: 2))
    #expect(btf.find(named: "number") == 2)
    #expect(btf.all(named: "int") == [1, 3])
    #expect(try BTF(btf.encoded(), base: base) == btf)
    #expect(throws: BTFError.self) { try BTF(split) }
    // A base made in memory has strings only once it is written.
    let made = BTF(types: base.types)
    #expect(try BTF(btf.encoded(), base: made).types == btf.types)
  }

  @Test func `types are found by name, by kind and whatever their flavour`() throws {
    let btf = try TestBTF.fixture("core_local")
    #expect(btf.all(named: "moved").count == 1)
    #expect(btf.find(named: "moved", kind: .union) == nil)
    #expect(btf.find(named: "moved___old", kind: .structure) != nil)
    #expect(btf.find(named: "") == nil)
  }

  @Test(arguments: [
    ("task_struct___old", "task_struct"), ("a___b", "a"), ("a___b___c", "a___b"), ("___x", "___x"),
    ("a____b", "a____b"), ("a___", "a___"), ("a__b", "a__b"), ("", ""), ("xy", "xy"),
  ])
  func `a flavour is what follows three underscores`(name: String, essential: String) {
    #expect(BTF.essentialName(name) == essential)
  }
}
