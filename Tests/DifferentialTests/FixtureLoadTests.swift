import BPF
import BPFObject
import LinuxKernel
import TestSupport
import Testing

/// What the linker makes of the fixtures, before the kernel's verifier: it takes it, and it does what the source says.
@Suite(KernelAccess.required) struct `Linked objects in the kernel` {
  private static let configuration: [String: KconfigValue] = [
    "LINUX_KERNEL_VERSION": .integer(0x61200), "CONFIG_BPF_SYSCALL": .yes, "CONFIG_HZ": .integer(250),
  ]

  /// Loads a fixture's programs over one set of maps, and runs one of them on a packet of zeros.
  private static func run(
    _ object: String,
    _ program: String
  ) throws -> (returned: UInt32, loaded: LoadedProgram) {
    let programs = try Fixture.object("objects/\(object)").linked(kconfig: configuration)
    let loaded = try #require(try KernelEngine.load(programs).first { $0.name == program })
    return (try loaded.testRun(packet: [UInt8](repeating: 0, count: 64)).returned, loaded)
  }

  @Test(arguments: [
    // Two maps whose first elements differ: the array has one, the hash is empty.
    ("legacy16", "entry", 1), ("bare", "entry", 1),
    // `threshold` is 5, the queue 0.
    ("bare", "other", 2),
    // leaf(0) = 0: (0 + 1) + (0 + 2) + 3.
    ("subprograms", "direct", 6),
    // The sum of 0...3 is 6: leaf(6) = 0 twice, so 6 + (0 + 1) + 0.
    ("subprograms", "back", 7),
    ("subprograms", "alone", 2),
    // `helper_of_b(1)`: 2 * 1 + 2.
    ("linked", "entry_a", 4),
    ("globals", "count", 2), ("kconfig", "ask", 2), ("sections", "second", 1),
  ])
  func `return what their sources say`(object: String, program: String, verdict: UInt32) throws {
    #expect(try Self.run(object, program).returned == verdict)
  }

  @Test func `find their variables where the linker put them`() throws {
    let maps = try Self.run("globals", "count").loaded.maps
    func value(_ name: String) throws -> [UInt8]? {
      try maps.first { $0.definition.name == name }?.lookup([0, 0, 0, 0])
    }
    #expect(try value(".data") == [8, 0, 0, 0, 232, 3, 0, 0, 1, 0, 2, 0, 3, 0, 0, 0, 190, 1, 0, 0])
    #expect(try value(".bss") == [1] + [UInt8](repeating: 0, count: 63) + [0x88, 0x77, 3])
    #expect(try value(".rodata.table") == [5, 0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])
  }
}
