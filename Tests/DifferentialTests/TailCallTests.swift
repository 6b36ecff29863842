import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Tail calls on every engine` {
  private static func maps(_ programs: [Int: String]) -> [MapDefinition] {
    [
      MapDefinition(
        name: "steps",
        type: .programArray,
        keySize: 4,
        valueSize: 4,
        maxEntries: 4,
        initialContents: .programs(programs)
      ),
      MapDefinition(name: "count", type: .array, keySize: 4, valueSize: 8, maxEntries: 1),
    ]
  }

  private static let count = "r6 = r1\nr1 = map[idx:1][0]+0\nr2 = 1\nlock *(u64 *)(r1 +0) += r2\n"

  private static func jump(_ index: Int) -> String {
    "r1 = r6\nr2 = map[idx:0]\nr3 = \(index) ll\ncall 12\n"
  }

  private func compare(_ programs: [Program]) throws -> Engines.Observation {
    var engines = try Engines(programs)
    let seen = try engines.run([UInt8](repeating: 1, count: 60))
    #expect(seen.interpreter == seen.kernel)
    #expect(try engines.differingMaps() == [])
    return seen.kernel
  }

  @Test func `of a program to itself end after as many`() throws {
    let maps = Self.maps([0: "loop"])
    let program = try Program.assembled(
      Self.count + Self.jump(0) + "r1 = map[idx:1][0]+0\nr0 = *(u32 *)(r1 +0)\nexit",
      named: "loop",
      maps: maps
    )
    #expect(try compare([program]).returned == 34)
  }

  @Test(arguments: [0, 1, 2, 3, 4, 5, 0xFFFF_FFFF, 1 << 32, 1 << 32 | 1, -1])
  func `go on behind the call where there is no program`(index: Int) throws {
    let maps = Self.maps([1: "other"])
    let caller = try Program.assembled(
      Self.count + Self.jump(index) + "r0 = 77\nexit",
      named: "caller",
      maps: maps
    )
    let other = try Program.assembled(Self.count + "r0 = 78\nexit", named: "other", maps: maps)
    _ = try compare([caller, other])
  }

  @Test func `hand over the packet as it is`() throws {
    let maps = Self.maps([2: "marks"])
    let caller = try Program.assembled(
      Self.count + "r1 = r6\nr2 = -8\ncall 44\n" + Self.jump(2) + "r0 = 0\nexit",
      named: "caller",
      maps: maps
    )
    let marks = try Program.assembled(
      """
      r2 = *(u32 *)(r1 +0)
      r3 = *(u32 *)(r1 +4)
      r0 = 1
      r4 = r2
      r4 += 68
      if r4 > r3 goto done
      *(u64 *)(r2 +0) = 0x11223344
      r0 = 3
      done:
      exit
      """,
      named: "marks",
      maps: maps
    )
    let seen = try compare([caller, marks])
    #expect(seen.returned == 3)
    #expect(seen.packet.count == 68)
  }

  @Test(arguments: [1, 5, 16, 17, 30])
  func `are counted over all programs together`(hops: Int) throws {
    let maps = Self.maps([0: "even", 1: "odd"])
    let back = "r1 = map[idx:1][0]+0\nr0 = *(u32 *)(r1 +0)\nif r0 > \(hops) goto done\n"
    let even = try Program.assembled(
      Self.count + back + Self.jump(1) + "done:\nr0 = 2\nexit",
      named: "even",
      maps: maps
    )
    let odd = try Program.assembled(
      Self.count + back + Self.jump(0) + "done:\nr0 = 1\nexit",
      named: "odd",
      maps: maps
    )
    _ = try compare([even, odd])
  }
}
