import BPF
import BPFObject
import BTF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Objects on every engine` {
  /// Objects of which the kernel takes every map and program, and user space has all maps and helpers.
  private static let objects = [
    "families", "shared_state", "objects/bare", "objects/globals", "objects/linked", "objects/sections",
  ]

  @Test(arguments: objects)
  func `decide and remember the same`(name: String) throws {
    let programs = try Fixture.object(name).linked().filter { $0.attachType == .xdp }
    for entry in programs {
      var engines = try Engines(programs, entry: entry.name)
      var random = SplitMix(seed: 6)
      for _ in 0..<100 {
        let packet = random.packet()
        let seen = try engines.run(packet, metadata: random.pick([[], [1, 2, 3, 4]]))
        #expect(seen.interpreter == seen.kernel, "\(entry.name) on \(packet)")
      }
      #expect(try engines.differingMaps() == [], "\(entry.name)")
    }
  }

  @Test func `take a section whose last array has grown`() throws {
    var object = try Fixture.object("objects/globals")
    try object.resize(map: ".rodata.table", to: 300)
    try object.resize(map: ".rodata", to: 9)
    var engines = try Engines(try object.linked())
    let seen = try engines.run([UInt8](repeating: 0, count: 60))
    #expect(seen.interpreter == seen.kernel)
    #expect(try engines.differingMaps() == [])
  }

  @Test func `come back from a tail call out of a function`() throws {
    var engines = try Engines(try Fixture.object("shared_state").linked(), entry: "start")
    var packet = [UInt8](repeating: 0, count: 60)
    packet[16] = 2
    let seen = try engines.run(packet)
    #expect(seen.interpreter == seen.kernel)
    #expect(seen.kernel.returned == 43)
    #expect(Array(seen.kernel.packet.prefix(2)) == [8, 0xEE])
  }

  @Test(arguments: [UInt8](0...3))
  func `come back to a caller that goes on with its own helpers and maps`(stage: UInt8) throws {
    var engines = try Engines(try Fixture.object("tail_return").linked(), entry: "start")
    for _ in 0..<3 {
      let seen = try engines.run([stage] + [UInt8](repeating: 0, count: 59))
      #expect(seen.interpreter == seen.kernel)
      #expect(seen.kernel.returned == (stage & 1 == 0 ? 59 : 18))
    }
    #expect(try engines.differingMaps() == [])
  }

  @Test func `find a map that the object put into a map`() throws {
    var engines = try Engines(try Fixture.object("nested_maps").linked())
    let seen = try engines.run([UInt8](repeating: 0, count: 60))
    #expect(seen.interpreter == seen.kernel)
    #expect(seen.kernel.returned == 2)
    for maps in [engines.maps, engines.kernelMaps] as [[any BPFMap]] {
      let small = try #require(maps.first { $0.definition.name == "small" })
      #expect(try small.lookup([1, 0, 0, 0]) == [3, 0, 0, 0, 0, 0, 0, 0])
    }
  }
}

extension SplitMix {
  /// A packet of any length: noise, or the beginning of one that is IPv4 or IPv6 over Ethernet.
  fileprivate mutating func packet() -> [UInt8] {
    let length = pick([14, 18, 34, 42, 60, 64, 128, 1000, 1514])
    var bytes = Self.small(self.bytes(length), &self)
    let start: [UInt8] =
      switch Int.random(in: 0..<4, using: &self) {
      case 0: [0x08, 0x00, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, pick([1, 6, 17])]
      case 1: [0x86, 0xDD, 0x60, 0, 0, 0, 0, 8, pick([6, 17, 58]), 64]
      case 2: [0x81, 0x00, 0, 5, 0x08, 0x00, 0x45]
      default: []
      }
    for (offset, byte) in start.enumerated() where 12 + offset < length { bytes[12 + offset] = byte }
    return bytes
  }

  /// Half of the bytes cut down to small numbers, so that keys repeat and positions exist.
  private static func small(_ bytes: [UInt8], _ random: inout SplitMix) -> [UInt8] {
    bytes.map { Bool.random(using: &random) ? $0 & 3 : $0 }
  }
}
