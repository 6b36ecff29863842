import BPF
import BPFRuntime
import Testing
import XDP

/// Runs helper calls one after the other, as a program would, and gives what the last one returned.
private func run(_ calls: [(helper: UInt32, delta: Int32)], on bytes: [UInt8]) throws -> PacketTest.Outcome {
  var program: [Instruction] = [.alu(.mov, .doubleWord, .r6, .register(.r1))]
  for call in calls {
    program += [
      .alu(.mov, .doubleWord, .r1, .register(.r6)),
      .alu(.mov, .doubleWord, .r2, .immediate(call.delta)),
      .call(.helper(call.helper)),
    ]
  }
  return try runOnce(program + [.exit], on: PacketTest.Input(bytes))
}

private let head: UInt32 = 44
private let metadata: UInt32 = 54
private let tail: UInt32 = 65
private let invalid = -LinuxErrno.invalid.rawValue
private let denied = -LinuxErrno.accessDenied.rawValue

/// The boundaries below are those that Linux 6.18's test run gave.
@Suite struct `Adjusting a packet` {
  /// Every byte differs from its neighbours, so that a byte out of place shows.
  private func packet(_ length: Int) -> [UInt8] {
    (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ 1) }
  }

  @Test(
    arguments: [
      (14, -217, invalid), (14, -216, 0), (14, 0, 0), (14, 1, invalid), (64, -216, 0), (64, 50, 0),
      (64, 51, invalid),
      (3520, 3506, 0), (3520, 3507, invalid), (64, Int32.min, invalid), (64, Int32.max, invalid),
    ] as [(Int, Int32, Int32)]
  )
  func `the head moves within the headroom, and 14 bytes stay`(
    length: Int,
    delta: Int32,
    result: Int32
  ) throws {
    let before = packet(length)
    let outcome = try run([(head, delta)], on: before)
    #expect(Int32(bitPattern: outcome.returned) == result)
    if result == 0 {
      let kept = before.dropFirst(max(0, Int(delta)))
      #expect(outcome.bytes == [UInt8](repeating: 0, count: max(0, -Int(delta))) + kept)
    } else {
      #expect(outcome.bytes == before)
      #expect(!outcome.isChanged)
    }
  }

  @Test(
    arguments: [
      (14, -1, invalid), (14, 0, 0), (14, 3506, 0), (14, 3507, invalid), (64, -50, 0), (64, -51, invalid),
      (64, 3456, 0), (64, 3457, invalid), (3520, 0, 0), (3520, 1, invalid), (64, Int32.min, invalid),
      (64, Int32.max, invalid),
    ] as [(Int, Int32, Int32)]
  )
  func `the tail moves between 14 and 3,520 bytes, and grows with zeros`(
    length: Int,
    delta: Int32,
    result: Int32
  ) throws {
    let before = packet(length)
    let outcome = try run([(tail, delta)], on: before)
    #expect(Int32(bitPattern: outcome.returned) == result)
    let kept = result == 0 ? Array(before.prefix(length + Int(delta))) : before
    #expect(outcome.bytes == kept + [UInt8](repeating: 0, count: result == 0 ? max(0, Int(delta)) : 0))
  }

  @Test func `what the tail gave up and takes back is zero`() throws {
    let outcome = try run([(tail, -20), (tail, 20)], on: packet(64))
    #expect(outcome.bytes == packet(64).prefix(44) + [UInt8](repeating: 0, count: 20))
  }

  @Test func `a head that moved out leaves the tail its room`() throws {
    #expect(try run([(head, -216), (tail, 3456)], on: packet(64)).returned == 0)
    #expect(Int32(bitPattern: try run([(head, -216), (tail, 3457)], on: packet(64)).returned) == invalid)
    #expect(try run([(head, -216), (tail, -266)], on: packet(64)).bytes.count == 14)
    #expect(Int32(bitPattern: try run([(head, -216), (tail, -267)], on: packet(64)).returned) == invalid)
  }

  @Test(
    arguments: [
      (-220, invalid), (-217, invalid), (-216, 0), (-215, denied), (-214, denied), (-213, denied), (-212, 0),
      (-4, 0), (-3, denied), (0, 0), (1, invalid), (4, invalid), (Int32.min, invalid), (Int32.max, invalid),
    ] as [(Int32, Int32)]
  )
  func `metadata grows in steps of four into the headroom`(delta: Int32, result: Int32) throws {
    let outcome = try run([(metadata, delta)], on: packet(64))
    #expect(Int32(bitPattern: outcome.returned) == result)
    #expect(outcome.metadata.count == (result == 0 ? Int(-delta) : 0))
    #expect(outcome.bytes == packet(64))
  }

  @Test(
    arguments: [(-252, 0), (-256, denied), (-264, denied), (-266, denied), (-267, invalid)]
      as [(Int32, Int32)]
  )
  func `metadata has 252 bytes at most, however large the headroom`(delta: Int32, result: Int32) throws {
    let outcome = try run([(head, 50), (metadata, delta)], on: packet(64))
    #expect(Int32(bitPattern: outcome.returned) == result)
  }

  @Test func `metadata is given back`() throws {
    #expect(try run([(metadata, -32), (metadata, 32)], on: packet(64)).metadata == [])
    #expect(
      Int32(bitPattern: try run([(metadata, -32), (metadata, 36)], on: packet(64)).returned) == invalid
    )
    #expect(try run([(metadata, -32), (metadata, -184)], on: packet(64)).metadata.count == 216)
  }

  @Test(arguments: [(-184, 0), (-185, invalid), (50, 0), (51, invalid)] as [(Int32, Int32)])
  func `metadata takes its part of the headroom`(delta: Int32, result: Int32) throws {
    #expect(Int32(bitPattern: try run([(metadata, -32), (head, delta)], on: packet(64)).returned) == result)
  }

  @Test(arguments: [-184, -30, -4, -1, 0, 1, 4, 30, 50] as [Int32])
  func `metadata moves along with the head`(delta: Int32) throws {
    let marked = (1...32).map { UInt8($0) }
    let program: [Instruction] = [
      .alu(.mov, .doubleWord, .r2, .immediate(delta)), .call(.helper(head)), .exit,
    ]
    let outcome = try runOnce(program, on: PacketTest.Input(packet(64), metadata: marked))
    #expect(outcome.returned == 0)
    #expect(outcome.metadata == marked)
    #expect(outcome.bytes.count == 64 - Int(delta))
    #expect(outcome.bytes.suffix(14) == packet(64).suffix(14))
  }

  @Test func `only the low half of the offset counts`() throws {
    let program: [Instruction] = [
      .loadImmediate(.r2, .value(0x1234_5678_0000_0004)), .call(.helper(head)), .exit,
    ]
    #expect(
      try runOnce(program, on: PacketTest.Input(packet(64))).bytes == Array(packet(64).dropFirst(4))
    )
  }

  @Test func `a smaller linear part leaves the tail less room`() throws {
    let program: [Instruction] = [
      .alu(.mov, .doubleWord, .r2, .immediate(37)), .call(.helper(tail)), .exit,
    ]
    var geometry = FrameGeometry.kernelTestRun
    geometry.linear = 100
    let input = PacketTest.Input(packet(64))
    #expect(Int32(bitPattern: try runOnce(program, on: input, geometry: geometry).returned) == invalid)
    geometry.linear = 101
    #expect(try runOnce(program, on: input, geometry: geometry).bytes.count == 101)
  }

  @Test func `a pointer from before an adjustment is stale`() throws {
    let program: [Instruction] = [
      .alu(.mov, .doubleWord, .r6, .register(.r1)),
      .load(.word, .r7, from: Address(.r1, 0)),
      .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .call(.helper(head)),
      .load(.byte, .r0, from: Address(.r7)),
      .exit,
    ]
    let outcome = try runOnce(program, on: PacketTest.Input(packet(64)))
    #expect(outcome.action == .aborted)
    #expect(outcome.trap?.slot == 4)
  }
}
