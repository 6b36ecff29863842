import TestSupport
import Testing
import XDP

/// Gives each packet the verdict that its first byte names: an action, or a number that is none.
private final class ByFirstByte: ExecutionEngine {
  let engineName = "by first byte"
  let takesFragments = true
  /// Interfaces that redirects go to, by the packet's second byte.
  let targets: [UInt32]

  init(targets: [UInt32]) { self.targets = targets }

  func run(_ batch: inout PacketBatch, verdicts: inout Verdicts, on worker: inout Worker) {
    for index in 0..<batch.count {
      let bytes = batch.bytes(at: index)
      let code = bytes.unsafeLoadByte(0)
      let ifindex = targets[Int(bytes.unsafeLoadByte(1))]
      let target = RedirectTarget(map: nil, key: ifindex, ifindex: ifindex)
      verdicts.record(UInt32(code), target: code == 4 ? target : .none, at: index)
    }
  }
}

extension RawSpan {
  fileprivate func unsafeLoadByte(_ offset: Int) -> UInt8 {
    unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
  }
}

@Suite struct `A batch with many verdicts` {
  private let wire: WireDriver
  private let stack: WireDriver
  private let second: WireDriver
  private let third: WireDriver
  private let pool: FramePool

  init() throws {
    pool = try FramePool(frameCount: 256)
    wire = WireDriver(1, pool: pool)
    stack = WireDriver(2, pool: pool)
    second = WireDriver(7, pool: pool)
    third = WireDriver(8, pool: pool)
  }

  /// Packets whose third and fourth byte are their number; sometimes with a rest in fragments.
  private func packets(_ count: Int, _ random: inout SplitMix, verdicts: [UInt8]) -> [[UInt8]] {
    (0..<count).map { number in
      let verdict = verdicts[Int(random.next() % UInt64(verdicts.count))]
      let length = random.next() % 16 == 0 ? 5000 : 60 + Int(random.next() % 8)
      var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: length)
      bytes[0] = verdict
      bytes[1] = UInt8(random.next() % 3)
      return bytes
    }
  }

  @Test(
    arguments: [[1], [2], [3], [4], [0], [5, 200], [1, 2], [2, 3, 4], [0, 1, 2, 3, 4, 9]] as [[UInt8]],
    [AttachMode.native, .generic]
  )
  func `goes to every place in order, each packet to one`(verdicts: [UInt8], mode: AttachMode) throws {
    var random = SplitMix(seed: 7)
    var path = try DataPath(
      wire,
      running: ByFirstByte(targets: [7, 8, 99]),
      stack: stack,
      redirectingTo: [second, third],
      mode: mode
    )
    var all: [[UInt8]] = []
    for count in [1, 2, 15, 16, 17, 31, 33, 63, 64, 40] {
      let arriving = packets(count, &random, verdicts: verdicts)
      all += arriving
      wire.arriving = arriving
      while try path.poll() == .packets {}
    }
    func those(_ isMeant: ([UInt8]) -> Bool) -> [[UInt8]] { all.filter(isMeant) }
    #expect(stack.sent == those { $0[0] == 2 })
    #expect(wire.sent == those { $0[0] == 3 })
    #expect(second.sent == those { $0[0] == 4 && $0[1] == 0 })
    #expect(third.sent == those { $0[0] == 4 && $0[1] == 1 })
    let tally = path.tally
    #expect(tally.received == UInt64(all.count))
    #expect(tally.receivedBytes == UInt64(all.reduce(0) { $0 + $1.count }))
    #expect(tally[.drop] == UInt64(those { $0[0] == 1 }.count))
    #expect(tally[.aborted] == UInt64(those { $0[0] == 0 || $0[0] > 4 }.count))
    #expect(tally.unknownCode == UInt64(those { $0[0] > 4 }.count))
    #expect(tally[.noInterface] == UInt64(those { $0[0] == 4 && $0[1] == 2 }.count))
    #expect(tally.redirectFailed == tally[.noInterface])
    #expect(pool.available == 256)
  }
}
