import BPF
import BPFObject
import BTF
import TestSupport
import Testing

/// What the object's own types say after the loader has completed them.
@Suite struct `Completed types` {
  private static func variables(of section: String, in btf: BTF) throws -> [String] {
    let id = try #require(btf.find(named: section, kind: .dataSection))
    guard case .dataSection(_, let byteCount, let variables) = btf[id] else { return [] }
    return ["\(byteCount) bytes"]
      + variables.map { "\(btf.name(of: $0.type)) at \($0.offset), \($0.byteCount) bytes" }
  }

  @Test(arguments: [
    (".data", ["20 bytes", "packets at 0, 4 bytes", "limits at 4, 12 bytes", "hidden at 16, 4 bytes"]),
    (".bss", ["67 bytes", "counters at 0, 64 bytes", "zeroed at 64, 2 bytes", "small at 66, 1 bytes"]),
    (".rodata", ["12 bytes", "verbosity at 0, 4 bytes", "ports at 4, 8 bytes"]),
  ])
  func `data sections have their sizes and variables their places`(section: String, expected: [String]) throws
  {
    let btf = try #require(try Fixture.object("objects/globals").btf)
    #expect(try Self.variables(of: section, in: btf) == expected)
  }

  @Test func `the variables of .kconfig are placed as in its map, and ordinary`() throws {
    let object = try Fixture.object("objects/externs")
    let btf = try #require(object.btf)
    #expect(
      try Self.variables(of: ".kconfig", in: btf) == [
        "36 bytes", "CONFIG_HZ at 0, 8 bytes", "CONFIG_VETH at 8, 4 bytes",
        "LINUX_KERNEL_VERSION at 12, 4 bytes",
        "CONFIG_SMALL at 16, 2 bytes", "CONFIG_BPF_SYSCALL at 18, 1 bytes", "CONFIG_IPV6 at 19, 1 bytes",
        "CONFIG_DEFAULT_HOSTNAME at 20, 16 bytes",
      ]
    )
    #expect(object.maps[0].valueType == btf.find(named: ".kconfig", kind: .dataSection))
    let linkages = btf.types.compactMap { type -> BTFType.Linkage? in
      guard case .variable(let name, _, let linkage) = type, name == "CONFIG_HZ" else { return nil }
      return linkage
    }
    #expect(linkages == [.global])
  }

  @Test(arguments: [
    ("visible", BTFType.Linkage.global), ("hidden", .static), ("leaf", .static), ("replaceable", .global),
  ])
  func `hidden functions are static for the verifier`(name: String, linkage: BTFType.Linkage) throws {
    let object = try Fixture.object("objects/subprograms")
    let btf = try #require(object.btf)
    let id = try #require(btf.find(named: name, kind: .function))
    guard case .function(_, _, let found) = btf[id] else { return }
    #expect(found == linkage)
    for program in try object.linked() {
      for function in program.functions where function.name == name {
        #expect(function.isGlobal == (linkage == .global))
        #expect(function.type == id)
      }
    }
  }
}

/// CO-RE relocations beyond what the listing of `core` shows.
@Suite struct `Types of the target` {
  @Test func `without a target the code stays as compiled, and says so`() throws {
    let object = try Fixture.object("objects/core")
    let program = try object.linked("fields")
    #expect(program.instructions.first == .load(.half, .r4, from: Address(.r1, 26)))
    #expect(
      program.warnings == [
        "'fields': no kernel types were given: 10 CO-RE relocations keep what the compiler saw"
      ]
    )
  }

  @Test func `what the target doesn't have is poisoned, and named`() throws {
    let target = try Fixture.object("objects/core_target").btf
    let program = try Fixture.object("objects/core").linked("missing", kernel: target)
    let poison = Instruction.call(.helper(Program.poisonedHelper))
    #expect(program.instructions.filter { $0 == poison }.count == 3)
    #expect(program.warnings.count == 3)
    #expect(program.warnings[0].contains("struct gone.word"))
    #expect(program.warnings[0].hasPrefix("'missing' slot 2, ./core.c:"))
  }
}
