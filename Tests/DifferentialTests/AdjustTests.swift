import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Adjusting packets on every engine` {
  private static let sizes = [14, 15, 60, 64, 1500, 3519, 3520]

  @Test(arguments: AdjustScript.Step.Target.allCases, sizes)
  func `every single delta has the same effect`(target: AdjustScript.Step.Target, size: Int) throws {
    var engines = try Engines(AdjustScript.program(stepCount: 1))
    let near = -320...320, edge = (3520 - size - 20)...(3520 - size + 20)
    let deltas =
      Array(near) + edge.filter { !near.contains($0) }
      + (14 - size - 5...14 - size + 5).filter { !near.contains($0) }
      + Array(stride(from: 321, to: 4100, by: 37)) + Array(stride(from: -4000, to: -320, by: 41))
    for metadata in [0, 4, 100, 216] {
      for delta in deltas {
        let packet = AdjustScript.packet([.init(target: target, delta: Int32(delta))], byteCount: size)
        let seen = try engines.run(packet, metadata: [UInt8](repeating: 0x55, count: metadata))
        try #require(
          seen.interpreter == seen.kernel,
          "\(target) by \(delta) after \(metadata) bytes of metadata"
        )
      }
    }
  }

  @Test(arguments: Seeds.first(40))
  func `any sequence of adjustments leaves the same packet`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let stepCount = Int.random(in: 2...8, using: &random)
    var engines = try Engines(AdjustScript.program(stepCount: stepCount))
    for _ in 0..<200 {
      let steps = (0..<stepCount).map { _ in random.adjustStep() }
      let size = random.pick(Self.sizes.filter { $0 >= 4 * stepCount })
      let metadata = random.bytes(random.pick([0, 0, 4, 32, 216]))
      let seen = try engines.run(AdjustScript.packet(steps, byteCount: size), metadata: metadata)
      try #require(
        seen.interpreter == seen.kernel,
        "\(steps) on \(size) bytes after \(metadata.count) of metadata"
      )
    }
  }
}
