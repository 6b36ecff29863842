import BPF
import BPFRuntime
import TestSupport
import Testing
import XDP

@testable import xdp

/// Two engines that do not agree, of which one is made to do one instruction wrong.
@Suite struct `Engines that part` {
  /// A UDP packet of the documentation's addresses.
  private static let packet =
    "0200000000010200000000020800450000140000000040110000c0000201c0000202"
    + String(repeating: "00", count: 26)

  private static var program: Program {
    get throws { try #require(try Fixture.object("trace").linked().first { $0.name == "choose" }) }
  }

  /// An engine whose programs are changed before they are loaded.
  private static func engine(
    _ name: String,
    isOracle: Bool = false,
    _ change: @escaping (Instruction) -> Instruction = { $0 }
  ) throws -> EngineChoice {
    let options = try RunOptions.parse(["--clock", "1", "--seed", "1"])
    return EngineChoice(name: name) { programs throws(CommandError) in
      var programs = programs
      for index in programs.indices {
        programs[index].instructions = programs[index].instructions.map(change)
      }
      return try UserTester(
        try UserEngine(
          .unverified(programs),
          options,
          kind: isOracle ? .oracle : .interpreter,
          isSilent: true
        ),
        options
      )
    }
  }

  /// Runs the packet three times on two engines, and tells what they did with the last.
  private static func text(_ engines: [EngineChoice]) throws -> PartingText {
    let reference = try #require(try engine("oracle").make([try program]) as? UserTester)
    let reenactment = Reenactment([try program], engines, reference: reference, stop: reference.stop) { _ in
      nil
    }
    let feed = try PacketFeed(captures: [], hex: [packet, packet, packet], geometry: .kernelTestRun)
    let last = PacketReport(
      index: 2,
      action: .drop,
      returned: 1,
      input: [],
      bytes: [],
      metadata: [],
      redirect: nil,
      trap: nil
    )
    return PartingText([try program], try reenactment.run(feed, until: [last, last]), reenactment.names)
  }

  /// Reads the protocol one byte too early, as a wrong engine might.
  private static func wrongLoad(_ instruction: Instruction) -> Instruction {
    if case .load(.byte, .r1, let address) = instruction, address.offset == 0, address.base != .r6 {
      return .load(.byte, .r1, from: Address(address.base, -1))
    }
    return instruction
  }

  @Test func `are shown side by side around the first instruction with another result`() throws {
    let text = try Self.text([try Self.engine("interpreter"), try Self.engine("wrong", Self.wrongLoad)])
    try Golden.expect(text.lines.joined(separator: "\n") + "\n", "parting.txt")
    try Golden.expect(String(decoding: JSONText.document(text.document), as: UTF8.self), "parting.json")
  }

  @Test func `are not found where there are none: both modes of user space trace alike`() throws {
    let text = try Self.text([try Self.engine("interpreter"), try Self.engine("oracle", isOracle: true)])
    #expect(
      text.lines == [
        "", "Both did the same, as far as it shows: 26 steps alike in the last packet.",
        "Copies of the program write down 30 of its 30 instructions, and what these read.",
      ]
    )
    #expect(text.document == nil)
  }

  @Test func `show their branches where one takes no more probes, and nothing where it takes none`() throws {
    let whole = try Self.program.instructions.count
    func limited(to count: Int) throws -> EngineChoice {
      let engine = try Self.engine("small")
      return EngineChoice(name: "small") { programs throws(CommandError) in
        guard programs[0].instructions.count <= count else { throw .no("the program is too large\nfor this") }
        return try engine.make(programs)
      }
    }
    let branches = try Self.text([try Self.engine("interpreter"), try limited(to: whole + 80)])
    #expect(
      branches.lines == [
        "", "Both did the same, as far as it shows: 6 steps alike in the last packet.",
        "Copies of the program write down 6 of its 30 instructions, and what these read.",
      ]
    )
    let none = try Self.text([try Self.engine("interpreter"), try limited(to: whole)])
    #expect(
      none.lines == [
        "", "No copy of the program that writes down its steps can be loaded: the program is too large",
      ]
    )
  }
}
