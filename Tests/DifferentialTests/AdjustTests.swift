import BPF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `Adjusting packets on every engine` {
  private static let sizes = [14, 15, 60, 64, 1500, 3519, 3520]

  @Test(arguments: AdjustScript.Step.Target.allCases, sizes)
  func `every single delta has the same effect`(target: AdjustScript.Step.Target, size: Int) throws {
    var engines = try Engines(AdjustScript.program(stepCount: 1))
    for metadata in [0, 4, 100, 216] {
      let deltas = Self.deltas(size: size, metadata: metadata)
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

  /// All deltas near nothing and near every limit, and some of the others.
  private static func deltas(size: Int, metadata: Int) -> [Int] {
    let edges = [0, -216, metadata - 216, metadata, size - 14, 14 - size, 3520 - size]
    let near = edges.flatMap { Array($0 - 9...$0 + 9) }
    return Set(near + Array(stride(from: -4000, to: 4100, by: metadata == 0 ? 31 : 97))).sorted()
  }

  @Test(arguments: Seeds.first(24))
  func `any sequence of adjustments leaves the same packet`(seed: UInt64) throws {
    var random = SplitMix(seed: seed)
    let stepCount = Int.random(in: 2...8, using: &random)
    var engines = try Engines(AdjustScript.program(stepCount: stepCount))
    for _ in 0..<100 {
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
