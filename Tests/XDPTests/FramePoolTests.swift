import Testing
import XDP

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

@Suite struct `Frame pool` {
  /// A batch of packets of one byte, one in every frame of a pool.
  private func filled(_ pool: FramePool) -> PacketBatch {
    var batch = PacketBatch(pool: pool)
    _ = fill(&batch, with: [[UInt8]](repeating: [UInt8](repeating: 1, count: 60), count: pool.frameCount))
    return batch
  }

  @Test(arguments: [64, 1000, 2048, 3000, 4032, 4096, 4160])
  func `lays packets of neighbouring frames into different sets of a cache`(size: Int) throws {
    let geometry = FrameGeometry(frameSize: size, headroom: 0, reserved: 0, linear: min(size, 3520))
    let batch = filled(try FramePool(frameCount: 64, geometry: geometry))
    let sets = (0..<64).map { (Int(batch[$0].frame) + Int(batch[$0].data)) / 64 % 64 }
    #expect(Set(sets).count == 64)
  }

  @Test func `without colours has the packets of all frames in the same set`() throws {
    let batch = filled(try FramePool(frameCount: 64, placement: .aligned))
    #expect(Set((0..<64).map { (Int(batch[$0].frame) + Int(batch[$0].data)) / 64 % 64 }).count == 1)
  }

  @Test(arguments: [FramePool.Placement.coloured, .aligned])
  func `gives every packet the same room, whatever its frame's colour`(placement: FramePool.Placement) throws
  {
    var batch = filled(try FramePool(frameCount: 64, placement: placement))
    for index in 0..<64 {
      let answers = batch.withPacket(at: index) { packet in
        [
          packet.adjustHead(by: -217) == nil, packet.adjustHead(by: -216) == nil,
          packet.adjustTail(by: 3461) == nil,
          packet.adjustTail(by: 3460) == nil,
        ]
      }
      #expect(answers == [false, true, false, true])
    }
  }

  @Test func `takes and gives back many frames at once, the warmest first`() throws {
    let pool = try FramePool(frameCount: 6)
    let stride = UInt64(pool.stride)
    try unsafe withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 8) { frames in
      let start = try unsafe #require(frames.baseAddress)
      #expect(unsafe pool.take(4, into: start) == 4)
      #expect(unsafe Array(frames[..<4]) == [0, stride, 2 * stride, 3 * stride])
      unsafe pool.recycle(start + 1, count: 2)
      #expect(unsafe pool.take() == 2 * stride)
      unsafe pool.recycle(2 * stride)
      #expect(unsafe pool.take(8, into: start) == 4)
      #expect(unsafe Array(frames[..<4]) == [2 * stride, stride, 4 * stride, 5 * stride])
      #expect(pool.available == 0)
      #expect(unsafe pool.take(1, into: start) == 0)
      #expect(unsafe pool.take(-1, into: start) == 0)
    }
  }

  @Test func `shares a slab with other pools, and no frame`() throws {
    let slab = try FrameSlab(frameCount: 10)
    let pools = [4, 5, 6].map { FramePool(taking: $0, of: slab) }
    #expect(pools.map(\.frameCount) == [4, 5, 1])
    var seen: [UInt64] = []
    for pool in pools { while let frame = unsafe pool.take() { seen.append(frame) } }
    #expect(seen.sorted() == (0..<10).map { UInt64($0 * slab.stride) })
    // A frame may go from one to the other.
    unsafe pools[2].recycle(seen[0])
    unsafe pools[2].recycle(seen[1])
    #expect(pools.map(\.available) == [0, 0, 2])
  }

  @Test(arguments: [16, 4096])
  func `has its memory before the first packet comes`(frameCount: Int) throws {
    let pool = try FramePool(frameCount: frameCount)
    var pages = [UInt8](repeating: 0, count: (pool.byteCount + 4095) / 4096)
    #expect(unsafe mincore(pool.base, pool.byteCount, &pages) == 0)
    #expect(pages.allSatisfy { $0 & 1 == 1 })
  }

  @Test func `tells what pages it has`() throws {
    #expect(try FrameSlab(frameCount: 64).pages == .ordinary)
    #expect(try FrameSlab(frameCount: 64).hugeByteCount == 0)
  }

  @Test(.enabled("the system gives huge pages to who asks") { hasTransparentHugePages() })
  func `lies in huge pages where it is large`() throws {
    let slab = try FrameSlab(frameCount: 8192)
    #expect(slab.pages != .ordinary)
    #expect(try #require(slab.hugeByteCount) >= slab.byteCount / 2)
  }
}

private func hasTransparentHugePages() -> Bool {
  guard let file = unsafe fopen("/sys/kernel/mm/transparent_hugepage/enabled", "r") else { return false }
  defer { unsafe fclose(file) }
  var text = [CChar](repeating: 0, count: 64)
  guard unsafe fgets(&text, 64, file) != nil else { return false }
  return !String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).contains(
    "[never]"
  )
}
