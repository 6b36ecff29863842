import BPF
import Testing
import XDP

/// What Linux 6.18's `bpf_csum_diff` gave for the same bytes.
@Suite struct `Checksums of changed bytes` {
  private let bytes: [UInt8] = (0..<128).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 11) }

  /// Calls the helper with the packet's first bytes as the old and its bytes from 64 on as the new.
  private func difference(
    _ oldSize: Int32,
    _ newSize: Int32,
    seed: UInt64,
    of bytes: [UInt8]
  ) throws -> PacketTest.Outcome {
    try runOnce(
      [
        .load(.word, .r3, from: Address(.r1, 0)),
        .alu(.mov, .doubleWord, .r1, .immediate(0)),
      ]
        + (oldSize > 0 ? [.alu(.mov, .doubleWord, .r1, .register(.r3))] : [])
        + (newSize > 0
          ? [.alu(.add, .doubleWord, .r3, .immediate(64))] : [.alu(.mov, .doubleWord, .r3, .immediate(0))])
        + [
          .alu(.mov, .doubleWord, .r2, .immediate(oldSize)),
          .alu(.mov, .doubleWord, .r4, .immediate(newSize)),
          .loadImmediate(.r5, .value(seed)), .call(.helper(28)), .exit,
        ],
      on: PacketTest.Input(bytes)
    )
  }

  @Test(
    arguments: [
      (0, 0, 0x0, 0), (0, 0, 0xffff, 65535), (0, 0, 0x12345678, 26796), (0, 0, 0xffffffff, 65535),
      (0, 4, 0x0, 10977), (0, 4, 0xffff, 10977), (0, 4, 0x12345678, 37773), (0, 4, 0xffffffff, 10977),
      (0, 20, 0x0, 26356), (0, 20, 0xffff, 26356), (0, 20, 0x12345678, 53152), (0, 20, 0xffffffff, 26356),
      (0, 64, 0x0, 28623), (0, 64, 0xffff, 28623), (0, 64, 0x12345678, 55419), (0, 64, 0xffffffff, 28623),
      (4, 0, 0x0, 21919), (4, 0, 0xffff, 21919), (4, 0, 0x12345678, 48715), (4, 0, 0xffffffff, 21919),
      (4, 4, 0x0, 32896), (4, 4, 0xffff, 32896), (4, 4, 0x12345678, 59692), (4, 4, 0xffffffff, 32896),
      (4, 20, 0x0, 48275), (4, 20, 0xffff, 48275), (4, 20, 0x12345678, 9536), (4, 20, 0xffffffff, 48275),
      (4, 64, 0x0, 50542), (4, 64, 0xffff, 50542), (4, 64, 0x12345678, 11803), (4, 64, 0xffffffff, 50542),
      (20, 0, 0x0, 6539), (20, 0, 0xffff, 6539), (20, 0, 0x12345678, 33335), (20, 0, 0xffffffff, 6539),
      (20, 4, 0x0, 17516), (20, 4, 0xffff, 17516), (20, 4, 0x12345678, 44312), (20, 4, 0xffffffff, 17516),
      (20, 20, 0x0, 32895), (20, 20, 0xffff, 32895), (20, 20, 0x12345678, 59691),
      (20, 20, 0xffffffff, 32895), (20, 64, 0x0, 35162), (20, 64, 0xffff, 35162),
      (20, 64, 0x12345678, 61958), (20, 64, 0xffffffff, 35162), (64, 0, 0x0, 36911), (64, 0, 0xffff, 36911),
      (64, 0, 0x12345678, 63707), (64, 0, 0xffffffff, 36911), (64, 4, 0x0, 47888), (64, 4, 0xffff, 47888),
      (64, 4, 0x12345678, 9149), (64, 4, 0xffffffff, 47888), (64, 20, 0x0, 63267), (64, 20, 0xffff, 63267),
      (64, 20, 0x12345678, 24528), (64, 20, 0xffffffff, 63267), (64, 64, 0x0, 65534),
      (64, 64, 0xffff, 65534), (64, 64, 0x12345678, 26795), (64, 64, 0xffffffff, 65534), (1, 0, 0x0, 65524),
      (0, 2, 0x7, 28754), (3, 5, 0x0, 64351), (6, 7, 0xfffffffe, 49383), (5, 5, 0x0, 32960),
    ] as [(Int32, Int32, UInt64, UInt32)]
  )
  func `are the kernel's, for every combination of sizes`(
    oldSize: Int32,
    newSize: Int32,
    seed: UInt64,
    result: UInt32
  ) throws {
    #expect(try difference(oldSize, newSize, seed: seed, of: bytes).returned == result)
  }

  @Test(
    arguments: [
      (0, 0, 0x0, 0), (0, 0, 0x1, 1), (0, 0, 0xffff0000, 65535), (0, 0, 0xffffffff, 65535),
      (0, 4, 0x0, 65535), (0, 4, 0x1, 1), (0, 4, 0xffff0000, 65535), (0, 4, 0xffffffff, 65535),
      (0, 64, 0x0, 65535), (0, 64, 0x1, 1), (0, 64, 0xffff0000, 65535), (0, 64, 0xffffffff, 65535),
      (4, 0, 0x0, 0), (4, 0, 0x1, 1), (4, 0, 0xffff0000, 65535), (4, 0, 0xffffffff, 0), (4, 4, 0x0, 65535),
      (4, 4, 0x1, 1), (4, 4, 0xffff0000, 65535), (4, 4, 0xffffffff, 65535), (4, 64, 0x0, 65535),
      (4, 64, 0x1, 1), (4, 64, 0xffff0000, 65535), (4, 64, 0xffffffff, 65535), (64, 0, 0x0, 0),
      (64, 0, 0x1, 1), (64, 0, 0xffff0000, 65535), (64, 0, 0xffffffff, 0), (64, 4, 0x0, 65535),
      (64, 4, 0x1, 1), (64, 4, 0xffff0000, 65535), (64, 4, 0xffffffff, 65535), (64, 64, 0x0, 65535),
      (64, 64, 0x1, 1), (64, 64, 0xffff0000, 65535), (64, 64, 0xffffffff, 65535),
    ] as [(Int32, Int32, UInt64, UInt32)]
  )
  func `carry around the end`(oldSize: Int32, newSize: Int32, seed: UInt64, result: UInt32) throws {
    let ones = [UInt8](repeating: 0xff, count: 128)
    #expect(try difference(oldSize, newSize, seed: seed, of: ones).returned == result)
  }

  @Test func `of bytes that the program may not read are refused`() throws {
    #expect(try difference(4, 68, seed: 0, of: bytes).trap?.kind == .outOfBounds)
    #expect(try difference(4, -4, seed: 0, of: bytes).trap != nil)
  }
}
