import BPF
import BPFObject
import TestSupport
import Testing

@Suite struct `Externs and configuration` {
  private static let complete: [String: KconfigValue] = [
    "LINUX_KERNEL_VERSION": .integer(0x61200), "CONFIG_BPF_SYSCALL": .yes, "CONFIG_VETH": .module,
    "CONFIG_IPV6": .no, "CONFIG_HZ": .integer(250),
  ]

  @Test(arguments: complete.keys.sorted()) func `a strong variable without a value is named`(
    name: String
  ) throws {
    var configuration = Self.complete
    configuration[name] = nil
    let object = try Fixture.object("objects/externs")
    #expect(throws: ObjectError(.missingKconfig, file: object.name, section: ".kconfig", symbol: name)) {
      try object.linked(kconfig: configuration)
    }
  }

  @Test(arguments: [
    ("CONFIG_BPF_SYSCALL", KconfigValue.module), ("CONFIG_BPF_SYSCALL", .integer(1)),
    ("CONFIG_VETH", .integer(1)),
    ("LINUX_KERNEL_VERSION", .integer(1 << 32)), ("LINUX_KERNEL_VERSION", .yes),
    ("CONFIG_SMALL", .integer(32768)),
    ("CONFIG_DEFAULT_HOSTNAME", .string("sixteen bytes ..")), ("CONFIG_IPV6", .string("y")),
  ])
  func `a value that doesn't fit its variable is refused`(name: String, value: KconfigValue) throws {
    var configuration = Self.complete
    configuration[name] = value
    let error = #expect(throws: ObjectError.self) {
      try Fixture.object("objects/externs").linked(kconfig: configuration)
    }
    #expect(error?.symbol == name)
    guard case .kconfigValue? = error?.fault else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `negative numbers and full strings fit`() throws {
    var configuration = Self.complete
    configuration["CONFIG_SMALL"] = .integer(UInt64(bitPattern: -2))
    configuration["CONFIG_DEFAULT_HOSTNAME"] = .string("fifteen bytes .")
    let program = try Fixture.object("objects/externs").linked(kconfig: configuration)[0]
    guard case .section(.kconfig, let bytes) = program.maps[0].initialContents else {
      Issue.record("no .kconfig map")
      return
    }
    #expect(Array(bytes[16..<18]) == [0xfe, 0xff])
    #expect(Array(bytes[20..<36]) == Array("fifteen bytes .".utf8) + [0])
  }

  @Test func `a configuration file's lines are read as values`() {
    let text = """
      # Automatically generated file; DO NOT EDIT.
      CONFIG_HZ=250
      CONFIG_VETH=m
      # CONFIG_DEBUG is not set
      CONFIG_IPV6=y
      CONFIG_OFF=n
      CONFIG_NAME="(none)"
      CONFIG_BASE=0xffffffff81000000
      CONFIG_LOW=-20
      OTHER=1
      CONFIG_BROKEN=what
      """
    #expect(
      KconfigValue.configuration(parsing: text) == [
        "CONFIG_HZ": .integer(250), "CONFIG_VETH": .module, "CONFIG_IPV6": .yes, "CONFIG_OFF": .no,
        "CONFIG_NAME": .string("(none)"), "CONFIG_BASE": .integer(0xffff_ffff_8100_0000),
        "CONFIG_LOW": .integer(UInt64(bitPattern: -20)),
      ]
    )
  }

  @Test func `an undefined function is an error of the program that calls it only`() throws {
    let object = try Fixture.object("objects/undefined")
    #expect(try object.linked("fine").instructions.count == 2)
    let error = #expect(throws: ObjectError.self) { try object.linked("lost") }
    #expect(error?.fault == .undefinedSymbol)
    #expect(error?.symbol == "nowhere")
    #expect(error?.section == "xdp")
  }
}
