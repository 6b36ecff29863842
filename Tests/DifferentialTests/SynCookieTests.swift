import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `SYN cookies on every engine` {
  /// The IP header in 40 bytes, TCP's in 60, the length that is said of it, and what is added to the answer's number.
  private let input = MapDefinition(name: "in", type: .array, keySize: 4, valueSize: 112, maxEntries: 1)
  /// What making and checking gave.
  private let output = MapDefinition(name: "out", type: .array, keySize: 4, valueSize: 16, maxEntries: 1)

  /// Makes a cookie, lets the client answer it, and checks the answer.
  private func program(isIPv6: Bool) throws -> Program {
    try .assembled(
      """
      r6 = map[idx:0][0]+0
      r8 = map[idx:1][0]+0
      r1 = 0
      *(u64 *)(r8 +8) = r1
      r3 = *(u32 *)(r6 +100)
      r0 = 99
      if r3 > 60 goto made
      r1 = r6
      r2 = r6
      r2 += 40
      call \(isIPv6 ? 205 : 204)
      made:
      *(u64 *)(r8 +0) = r0
      r2 = *(u32 *)(r6 +104)
      r0 += r2
      r0 += 1
      r0 = be32 r0
      *(u32 *)(r6 +48) = r0
      r1 = *(u32 *)(r6 +44)
      r1 = be32 r1
      r1 += 1
      r1 = be32 r1
      *(u32 *)(r6 +44) = r1
      r1 = r6
      r2 = r6
      r2 += 40
      call \(isIPv6 ? 207 : 206)
      *(u64 *)(r8 +8) = r0
      r0 = 2
      exit
      """,
      maps: [input, output]
    )
  }

  /// Options, the length of the header in words, and the length that the program says; nil for what fits the options.
  private static let options: [(bytes: [UInt8], words: Int?, said: Int?)] =
    [
      0, 1, 535, 536, 537, 1219, 1220, 1299, 1300, 1419, 1420, 1439, 1440, 1459, 1460, 1461, 8939, 8940,
      65535,
    ]
    .map { ([2, 4, UInt8($0 >> 8), UInt8($0 & 255)], nil, nil) } + [
      ([], nil, nil), ([1, 1, 1, 1], nil, nil), ([1, 1, 1, 2, 4, 5, 180, 0], nil, nil),
      ([0, 2, 4, 5, 180, 0, 0, 0], nil, nil), ([3, 3, 7, 1, 2, 4, 5, 180], nil, nil),
      ([2, 4, 5, 180, 2, 4, 2, 24], nil, nil), ([2, 4, 5, 180, 2, 4, 0, 0], nil, nil),
      ([2, 3, 5, 180], nil, nil), ([2, 5, 5, 180], nil, nil), ([2, 1, 5, 180], nil, nil),
      ([2, 0, 5, 180], nil, nil), ([1, 1, 1, 2], nil, nil),
      ([8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 2, 4], nil, nil),
      ([8, 8, 0, 0, 0, 0, 0, 0, 2, 4, 5, 180], nil, nil), ([], 5, 0), ([], 5, 19), ([], 5, 24), ([], 4, 16),
      ([], 6, 20), ([], 15, 60), ([], 0, 0), ([], 5, 60), ([], 15, 20),
    ]

  @Test(arguments: [false, true])
  func `hold the same segment size, and answers are accepted alike`(isIPv6: Bool) throws {
    var engines = try Engines(program(isIPv6: isIPv6))
    var random = SplitMix(seed: 204)
    let zero = [UInt8](repeating: 0, count: 4)
    for (options, words, said) in Self.options {
      for difference in [0, 1, 0x7f, 1 << 23] as [UInt32] {
        var tcp = random.bytes(20) + options + [UInt8](repeating: 0, count: 40 - options.count)
        tcp[12] = UInt8((words ?? 5 + options.count / 4) << 4)
        let length = UInt32(said ?? 20 + options.count)
        let numbers = [length, difference].flatMap { word in
          (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
        }
        let value = random.bytes(40) + tcp + numbers + [0, 0, 0, 0]
        try engines.maps[0].update(zero, to: value)
        try engines.kernelMaps[0].update(zero, to: value)
        _ = try engines.run([UInt8](repeating: 0, count: 60))
        let ours = try engines.maps[1].lookup(zero) ?? [],
          kernels = try engines.kernelMaps[1].lookup(zero) ?? []
        // The low half of a cookie is each side's own.
        let isMade = kernels[7] < 0x80
        #expect(ours[4..<8] == kernels[4..<8], "\(options), \(length) bytes")
        #expect(isMade || ours[..<4] == kernels[..<4], "\(options), \(length) bytes")
        #expect(ours[8...] == kernels[8...], "\(options), \(length) bytes, off by \(difference)")
        // One more is the next segment size, if there is one.
        #expect(!isMade || difference == 1 || (kernels[8] == 0) == (difference == 0))
      }
    }
  }

  @Test(arguments: [false, true])
  func `need a license that is compatible with the GPL`(isIPv6: Bool) throws {
    var program = try program(isIPv6: isIPv6)
    program.license = "Proprietary"
    let error = #expect(throws: KernelError.self) { try KernelEngine.load(program) }
    #expect(error?.log.contains("cannot call GPL-restricted function") == true)
  }
}
