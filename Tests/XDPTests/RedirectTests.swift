import BPF
import Testing
import XDP

@Suite struct `Redirecting to an interface` {
  private func redirect(_ ifindex: Int32, flags: UInt64) throws -> PacketTest.Outcome {
    try runOnce([
      .alu(.mov, .doubleWord, .r1, .immediate(ifindex)), .loadImmediate(.r2, .value(flags)),
      .call(.helper(23)), .exit,
    ])
  }

  @Test func `records the interface`() throws {
    let outcome = try redirect(7, flags: 0)
    #expect(outcome.action == .redirect)
    #expect(outcome.redirect == RedirectTarget(map: nil, key: 7, ifindex: 7))
  }

  @Test(arguments: [1, 2, 1 << 32, .max] as [UInt64])
  func `takes no flags: the action is aborted`(flags: UInt64) throws {
    let outcome = try redirect(7, flags: flags)
    #expect(outcome.action == .aborted)
    #expect(outcome.returned == 0)
    #expect(outcome.redirect == nil)
  }

  @Test func `is forgotten with the packet`() throws {
    // Redirects packets that begin with 1, and claims to have done so for all.
    let interpreter = try engine([
      .load(.word, .r2, from: Address(.r1, 0)), .load(.byte, .r6, from: Address(.r2)),
      .branch(.ne, .doubleWord, .r6, .immediate(1), offset: 3),
      .alu(.mov, .doubleWord, .r1, .immediate(7)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .call(.helper(23)),
      .alu(.mov, .doubleWord, .r0, .immediate(4)), .exit,
    ])
    var test = try PacketTest(interpreter)
    #expect(try test.run(PacketTest.Input([1])).redirect?.ifindex == 7)
    let second = try test.run(PacketTest.Input([2]))
    #expect(second.action == .redirect)
    #expect(second.redirect == nil)
  }

  @Test func `that is not returned is no redirect`() throws {
    let outcome = try runOnce([
      .alu(.mov, .doubleWord, .r1, .immediate(7)), .alu(.mov, .doubleWord, .r2, .immediate(0)),
      .call(.helper(23)),
      .alu(.mov, .doubleWord, .r0, .immediate(2)), .exit,
    ])
    #expect(outcome.action == .pass)
    #expect(outcome.redirect == nil)
  }
}
