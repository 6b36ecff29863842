import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Verdicts on every engine` {
  @Test(arguments: [0, 1, 2, 3, 4, 5, 255, -1, Int32.min])
  func `are whatever the program returned`(value: Int32) throws {
    var engines = try Engines(.assembled("r0 = \(value)\nexit"))
    let seen = try engines.run([UInt8](repeating: 7, count: 60))
    #expect(seen.interpreter == seen.kernel)
    #expect(seen.kernel.returned == UInt32(bitPattern: value))
  }

  @Test(arguments: [(1, 0), (0, 0), (-1, 0), (9999, 0), (1, 1), (1, 8), (1, -1)])
  func `of a redirect tell whether its flags were any`(ifindex: Int, flags: Int) throws {
    var engines = try Engines(.assembled("r1 = \(ifindex)\nr2 = \(flags)\ncall 23\nexit"))
    let seen = try engines.run([UInt8](repeating: 7, count: 60))
    #expect(seen.interpreter == seen.kernel)
  }

  @Test func `see the same context`() throws {
    for offset in [12, 16] {
      var engines = try Engines(.assembled("r0 = *(u32 *)(r1 +\(offset))\nexit"))
      let seen = try engines.run([UInt8](repeating: 7, count: 60))
      #expect(seen.interpreter == seen.kernel, "field at \(offset)")
    }
  }

  /// Device, CPU and socket maps with one entry; there is no socket to put into the last.
  @Test(arguments: [MapType.devmap, .devmapHash, .cpumap, .xskmap])
  func `of a redirect by a map tell what the map holds and whether the flags were any`(type: MapType) throws {
    let targets = MapDefinition(name: "targets", type: type, keySize: 4, valueSize: 4, maxEntries: 2)
    for key in [0, 1, 2, -1] {
      for flags in [0, 1, 2, 3, 4, 5, 7, 8, 9, 16, 24, 32, 1 << 31, -1] {
        let program = try Program.assembled(
          "r1 = map[idx:0]\nr2 = \(key)\nr3 = \(flags) ll\ncall 51\nexit",
          maps: [targets]
        )
        var engines = try Engines(program)
        if type != .xskmap {
          try engines.maps[0].update([0, 0, 0, 0], to: [1, 0, 0, 0], .any)
          try engines.kernelMaps[0].update([0, 0, 0, 0], to: [1, 0, 0, 0], .any)
        }
        let seen = try engines.run([UInt8](repeating: 7, count: 60))
        #expect(seen.interpreter == seen.kernel, "\(type.name), key \(key), flags \(flags)")
      }
    }
  }
}
