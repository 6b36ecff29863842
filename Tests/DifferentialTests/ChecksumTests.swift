import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Checksum differences on every engine` {
  private static let room = 256
  private let input = MapDefinition(
    name: "in",
    type: .array,
    keySize: 4,
    valueSize: 16 + 2 * room,
    maxEntries: 1
  )
  private let output = MapDefinition(name: "out", type: .array, keySize: 4, valueSize: 8, maxEntries: 1)

  /// Calls the helper on the input's bytes, or on null pointers.
  private func program(hasOld: Bool, hasNew: Bool) throws -> Program {
    try .assembled(
      """
      r6 = map[idx:0][0]+0
      \(hasOld ? "r2 = *(u32 *)(r6 +0)\nr2 &= 0xff\nr1 = r6\nr1 += 16" : "r1 = 0\nr2 = 0")
      \(hasNew ? "r4 = *(u32 *)(r6 +4)\nr4 &= 0xff\nr3 = r6\nr3 += \(16 + Self.room)" : "r3 = 0\nr4 = 0")
      r5 = *(u32 *)(r6 +8)
      call 28
      r1 = map[idx:1][0]+0
      *(u64 *)(r1 +0) = r0
      r0 = 2
      exit
      """,
      maps: [input, output]
    )
  }

  @Test(arguments: [(true, true), (true, false), (false, true), (false, false)])
  func `are the same for bytes of every length`(hasOld: Bool, hasNew: Bool) throws {
    var engines = try Engines(program(hasOld: hasOld, hasNew: hasNew))
    var random = SplitMix(seed: 28)
    let zero = [UInt8](repeating: 0, count: 4)
    let edges = [0, 1, 2, 3, 4, 5, 6, 8, 12, 20, 64, 252, 253, 255]
    for round in 0..<1500 {
      let old = round < 196 ? edges[round % 14] : Int.random(in: 0...63, using: &random) * 4
      let new = round < 196 ? edges[round / 14] : Int.random(in: 0...63, using: &random) * 4
      let seed = random.pick([0, 1, 0xFFFF, 0x1_0000, 0xFFFF_FFFF, UInt32(truncatingIfNeeded: random.next())])
      let fill = random.pick([0, 0xFF, nil] as [UInt8?])
      let bytes = fill.map { [UInt8](repeating: $0, count: 2 * Self.room) } ?? random.bytes(2 * Self.room)
      let header = [UInt32(old), UInt32(new), seed, 0].flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
      }
      try engines.maps[0].update(zero, to: header + bytes, .any)
      try engines.kernelMaps[0].update(zero, to: header + bytes, .any)
      _ = try engines.run([UInt8](repeating: 0, count: 60))
      let ours = try engines.maps[1].lookup(zero), kernels = try engines.kernelMaps[1].lookup(zero)
      try #require(
        ours == kernels,
        "\(old) bytes replaced by \(new), seed \(seed), bytes \(fill.map { "\($0)" } ?? "random")"
      )
    }
  }
}
