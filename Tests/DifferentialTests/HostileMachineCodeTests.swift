import BPF
import BPFJIT
import BPFVerifier
import BTF
import Emulation
import TestSupport
import Testing
import XDP

/// Programs that go as far as programs may, as machine code beside the interpreter.
@Suite struct `Machine code of hostile programs` {
  private static let maps = [
    MapDefinition(name: "seen", type: .array, keySize: 4, valueSize: 64, maxEntries: 1),
    MapDefinition(
      name: "steps",
      type: .programArray,
      keySize: 4,
      valueSize: 4,
      maxEntries: 4,
      initialContents: .programs([0: "test"])
    ),
    MapDefinition(name: "table", type: .hash, keySize: 8, valueSize: 8, maxEntries: 8),
  ]

  /// Runs programs on three packets, one after the other: what is different, and how many runs were refused.
  private func compare(
    _ texts: [(name: String, text: String)],
    on tested: TestedProcessor
  ) throws -> (difference: String?, traps: UInt64) {
    let verified = try texts.map {
      var program = try Program.assembled($0.text, named: $0.name, maps: Self.maps)
      let starts = Set(program.instructions.calledSlots).sorted()
      program.functions += starts.map { Function(name: "at_\($0)", slot: $0, isGlobal: false) }
      for index in program.functions.indices { program.functions[index].type = BTF.TypeID(3 + index) }
      program.btf = RandomObject.types
      return try Verifier(.xdp()).verify(program)
    }
    let pools = [
      try FramePool(frameCount: 64, geometry: .kernelTestRun),
      try FramePool(frameCount: 64, geometry: .kernelTestRun),
    ]
    var comparison = try MachineCodeComparison(verified, pools: pools, on: tested.processor)
    let packets = [
      [UInt8](repeating: 1, count: 60), [UInt8](repeating: 2, count: 64), [UInt8](repeating: 3, count: 128),
    ]
    let found = try comparison.difference(0, on: packets) ?? comparison.differingMap()
    return (found, comparison.trapCount)
  }

  private func compare(
    _ text: String,
    on tested: TestedProcessor
  ) throws -> (difference: String?, traps: UInt64) {
    try compare([("test", text)], on: tested)
  }

  /// Adds to an element of the array.
  private static func count(_ index: Int, _ register: String = "r1") -> String {
    "r1 = map[idx:0][0]+\(8 * index)\nr2 = 1\nlock *(u64 *)(r1 +0) += r2\n"
  }

  private static func loop(_ rounds: Int, _ label: String) -> String {
    "r1 = \(rounds)\nr2 = \(label) ll\nr3 = r10\nr3 += -8\nr4 = 0\ncall 181\n"
  }

  @Test(arguments: TestedProcessor.all)
  func `loops within loops have the same frames in every round`(tested: TestedProcessor) throws {
    let text =
      "*(u64 *)(r10 -8) = 5\n" + Self.loop(50, "middle") + "r0 = *(u64 *)(r10 -8)\nexit\n"
      + "middle: r6 = r1\nr7 = r2\n*(u64 *)(r10 -8) = r1\n*(u64 *)(r10 -16) = r1\n" + Self.loop(6, "inner")
      + "r1 = *(u64 *)(r10 -16)\nr2 = *(u64 *)(r7 +0)\nr2 += r1\nr2 += r6\n*(u64 *)(r7 +0) = r2\nr0 = 0\nexit\n"
      + "inner: *(u64 *)(r10 -8) = r1\nr3 = *(u64 *)(r2 +0)\nr3 += r1\n*(u64 *)(r2 +0) = r3\nr0 = 0\nexit"
    #expect(try compare(text, on: tested) == (nil, 0))
  }

  @Test(arguments: TestedProcessor.all)
  func `frames lie as deep as eight functions call each other`(tested: TestedProcessor) throws {
    let text = (1...7).map { level in
      "*(u64 *)(r10 -48) = r1\n*(u64 *)(r10 -8) = \(level)\nr6 = \(level)\nr1 = \(level)\ncall level\(level)\n"
        + "r1 = *(u64 *)(r10 -8)\nr0 += r1\nr0 += r6\nexit\nlevel\(level): "
    }.joined().replacing("*(u64 *)(r10 -48) = r1\n*(u64 *)(r10 -8) = 1\n", with: "*(u64 *)(r10 -8) = 1\n")
    #expect(
      try compare(text + "*(u64 *)(r10 -48) = r1\nr0 = *(u64 *)(r10 -48)\nexit", on: tested) == (nil, 0)
    )
  }

  @Test(arguments: TestedProcessor.all)
  func `tail calls out of functions nest as often as there may be`(tested: TestedProcessor) throws {
    let text =
      "r6 = r1\n*(u64 *)(r10 -8) = 7\n*(u64 *)(r10 -16) = 8\ncall other\nr7 = *(u64 *)(r10 -8)\n"
      + "r0 += r7\nr7 = *(u64 *)(r10 -16)\nr0 += r7\n\(Self.count(0))exit\n"
      + "other: *(u64 *)(r10 -24) = 9\nr7 = 3\nr2 = map[idx:1]\nr3 = 0\ncall 12\nr0 = *(u64 *)(r10 -24)\nr0 += r7\nexit"
    #expect(try compare(text, on: tested) == (nil, 0))
  }

  /// Asks for a route where there are none, which ends the run; the context lies where `r2` points to.
  private static let refused =
    "r1 = *(u64 *)(r2 +0)\nr2 = r10\nr2 += -64\n*(u64 *)(r10 -64) = 0\n*(u64 *)(r10 -56) = 0\n"
    + "*(u64 *)(r10 -48) = 0\n*(u64 *)(r10 -40) = 0\n*(u64 *)(r10 -32) = 0\n*(u64 *)(r10 -24) = 0\n"
    + "*(u64 *)(r10 -16) = 0\n*(u64 *)(r10 -8) = 0\nr3 = 64\nr4 = 0\ncall 69\n"

  @Test(arguments: TestedProcessor.all)
  func `a refusal in a function that is called back ends the run at its own call`(
    tested: TestedProcessor
  ) throws {
    let text =
      "*(u64 *)(r10 -8) = r1\nr6 = 6\n" + Self.loop(3, "inner") + "r0 = r6\nexit\ninner: r6 = 9\n"
      + Self.refused
      + "r0 = 0\nexit"
    #expect(try compare(text, on: tested) == (nil, 3))
  }

  @Test(arguments: TestedProcessor.all)
  func `a refusal in functions that are called back in functions leaves nothing behind`(
    tested: TestedProcessor
  ) throws {
    let text =
      "*(u64 *)(r10 -8) = r1\nr1 = r10\nr1 += -8\nr6 = 6\ncall sub\nr0 += r6\nexit\n"
      + "sub: r7 = r1\nr8 = 8\nr1 = 2\nr2 = middle ll\nr3 = r10\nr3 += -16\n*(u64 *)(r10 -16) = r7\nr4 = 0\n"
      + "call 181\nr0 = r8\nexit\n"
      + "middle: r9 = r2\nr1 = 2\nr2 = inner ll\nr3 = *(u64 *)(r9 +0)\nr4 = 0\ncall 181\nr0 = 0\nexit\n"
      + "inner: r8 = 1\nr9 = 2\n" + Self.refused + "r0 = 0\nexit"
    #expect(try compare(text, on: tested) == (nil, 3))
  }

  @Test(arguments: [1, 15, 30, 31, 32, 33, 43, 44, 3_000], TestedProcessor.all)
  func `jumps go as far as they must, both ways`(length: Int, tested: TestedProcessor) throws {
    let text =
      "r6 = 0\nr7 = 1\nback: r6 += 1\nif r6 == 4 goto end\n"
      + String(repeating: "r7 += 3\n", count: length) + "if r6 != 7 goto back\n"
      + String(repeating: "r7 += 5\n", count: length) + "end: r0 = r7\nr0 += r6\nexit"
    #expect(try compare(text, on: tested) == (nil, 0))
  }
}

extension [Instruction] {
  /// The slots that are called, directly or by a helper.
  fileprivate var calledSlots: [Int] {
    var slot = 0, found: [Int] = []
    for instruction in self {
      switch instruction {
      case .call(.local(let offset)), .loadImmediate(_, .function(let offset)):
        found.append(slot + 1 + Int(offset))
      default: break
      }
      slot += instruction.slotCount
    }
    return found
  }
}
