import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Ring buffers on every engine` {
  private let ring = MapDefinition(
    name: "ring",
    type: .ringBuffer,
    keySize: 0,
    valueSize: 0,
    maxEntries: 4096
  )

  /// Runs a script, and has both rings read after every second round, so that records come to lie over older ones.
  private func compare(_ script: HelperScript, rounds: Int = 1) throws {
    for judge in Judge.allCases {
      var engines = try Engines([script.program()], judge: judge)
      for round in 1...rounds {
        #expect(try engines.differences(script) == [], "\(judge), round \(round)")
        guard round % 2 == 0 || round == rounds else { continue }
        let records = try engines.kernelMaps[0].takeRecords()
        #expect(try engines.maps[0].takeRecords() == records, "\(judge), round \(round)")
      }
    }
  }

  @Test(arguments: [
    1, 7, 8, 9, 100, 2040, 4080, 4088, 4089, 4095, 4096, 5000, 1 << 29, (1 << 30) - 8, 1 << 30,
  ])
  func `have room for records of the same sizes`(size: Int) throws {
    var script = HelperScript(over: [ring])
    for round in 0..<8 {
      script.reserve(size, flags: 0, then: round % 3 == 2 ? 133 : 132, in: 0)
      for question in 0..<4 as Range<Int64> { script.call(134, map: 0, question) }
    }
    try compare(script)
  }

  @Test func `refuse the same flags`() throws {
    var script = HelperScript(over: [ring])
    for flags in [0, 1, 2, 3, 4, 8, 1 << 40, -1] as [Int64] {
      script.output([1, 2, 3], flags: flags, to: 0)
      script.reserve(8, flags: flags, then: 132, in: 0)
      script.call(134, map: 0, flags)
    }
    try compare(script)
  }

  @Test(arguments: Seeds.first(30))
  func `fill up at the same record`(seed: UInt64) throws {
    var random = SplitMix(seed: seed), script = HelperScript(over: [ring])
    for _ in 0..<32 {
      switch Int.random(in: 0..<3, using: &random) {
      case 0: script.output(random.bytes(Int.random(in: 1...64, using: &random)), flags: 0, to: 0)
      default:
        script.reserve(
          Int.random(in: 1...600, using: &random),
          flags: 0,
          then: random.pick([132, 132, 133]),
          in: 0
        )
      }
      script.call(134, map: 0, Int64.random(in: 0...3, using: &random))
    }
    try compare(script, rounds: 9)
  }
}
