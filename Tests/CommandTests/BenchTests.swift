import BPF
import BPFJIT
import JSON
import TestSupport
import Testing
import XDP

@testable import xdp

@Suite struct `xdp bench` {
  private let parser = "Benchmarks/Programs/parser.o"
  /// Few packets and turns: what is printed is tested, not how fast anything is.
  private let few = ["--frames", "100", "--rounds", "2"]

  /// The document with every figure replaced by its kind.
  private func shape(_ text: String) -> String {
    text.replacing(/"(nsPerPacket|min|max|nsPerAdd)": [0-9.e+-]+/) { "\"\($0.output.1)\": N" }
      .replacing(/"packetsPerSecond": [0-9]+/) { _ in "\"packetsPerSecond\": N" }
  }

  @Test func `prints its document`() async throws {
    let call = try await Invocation.xdp(["bench", parser, "--engine", "interpreter", "--json"] + few)
    #expect(call.exitCode == 0)
    #expect(call.messages.isEmpty)
    #expect(
      shape(call.output) == """
        {
          "results": [
            {
              "program": "parse",
              "engine": "interpreter",
              "frames": 100,
              "nsPerPacket": N,
              "packetsPerSecond": N,
              "runs": 2,
              "min": N,
              "max": N,
              "verdicts": {"aborted": 0, "drop": 0, "pass": 100, "tx": 0, "redirect": 0},
              "notes": []
            }
          ],
          "absent": [],
          "traffic": "100 packets of 64 bytes",
          "calibration": {"nsPerAdd": N, "min": N, "max": N}
        }

        """
    )
  }

  @Test func `prints a table for people`() async throws {
    let call = try await Invocation.xdp(
      ["bench", parser, "--engine", "interpreter", "--traffic", "port=80"] + few
    )
    #expect(call.exitCode == 0)
    let lines = call.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 6)
    #expect(lines[0] == "parse: 100 packets of 64 bytes")
    #expect(
      lines[1].firstMatch(of: /^  engine +ns a packet +least +most +million a second  verdicts$/) != nil
    )
    #expect(lines[2].firstMatch(of: /^  interpreter( +[0-9]+\.[0-9]+){4}  100 pass$/) != nil)
    #expect(
      lines[4].firstMatch(
        of: /^[0-9.]+ ns a dependent add \([0-9.]+–[0-9.]+\); medians of 2 turns, thread time$/
      ) != nil
    )
  }

  @Test(KernelAccess.required) func `measures every program on every engine, the kernel's own loop apart`()
    async throws
  {
    guard CompiledProgram.isSupported else { return }
    let drop = "Benchmarks/Programs/drop.o"
    let call = try await Invocation.xdp(["bench", parser, drop, "--json"] + few)
    #expect(call.exitCode == 0)
    let pairs = call.output.matches(of: /"program": "([a-z]+)",\s+"engine": "([a-z]+)"/).map {
      "\($0.1) \($0.2)"
    }
    #expect(
      pairs
        == ["parse", "drop"].flatMap { name in ["interpreter", "jit", "kernel"].map { "\(name) \($0)" } }
    )
    #expect(call.output.matches(of: /"harness": \{"nsPerPacket": [0-9]/).count == 2)
    let text = try await Invocation.xdp(["bench", parser, drop] + few)
    #expect(text.output.contains(/\n  kernel: its test run alone takes [0-9.]+ ns/))
  }

  @Test func `says which engine cannot take part`() async throws {
    let call = try await Invocation.xdp(["bench", parser, "--unverified", "--json"] + few)
    #expect(call.exitCode == 0)
    #expect(
      call.output.contains(
        /"program": "parse",\s+"engine": "jit",\s+"reason": "--engine jit: machine code checks nothing/
      )
    )
    let text = try await Invocation.xdp(["bench", parser, "--unverified"] + few)
    #expect(text.output.contains("\n  jit: not measured: --engine jit: machine code checks nothing"))
  }

  @Test func `runs the packets of a capture, and says that few can be learnt`() async throws {
    let arguments = [
      "bench", "Programs/firewall/firewall.o", "--packets", "Programs/firewall/traffic.pcap", "--engine",
      "interpreter", "--rounds", "1", "--map", "blocked_v4=Programs/firewall/blocked_v4.json", "--json",
    ]
    let call = try await Invocation.xdp(arguments)
    #expect(call.exitCode == 0)
    #expect(call.output.contains(#""frames": 1823,"#))
    #expect(call.output.contains(#""traffic": "1,823 packets of Programs/firewall/traffic.pcap""#))
    #expect(call.messages.contains("1,823 packets are so few that the processor may learn"))
  }

  @Test(arguments: [
    (["nope.o"], 2, "cannot read the program 'nope.o'"),
    (["README.md"], 2, "neither an object file nor a source"),
    (["Benchmarks/Programs/parser.o", "--packets", "nope.pcap"], 2, "--packets: "),
    (["Benchmarks/Programs/parser.o", "--packets", "README.md"], 2, "README.md"),
    (["Benchmarks/Programs/parser.o", "--packets", "a", "--traffic", "b"], 2, "give one of them"),
    (["Benchmarks/Programs/parser.o", "--traffic", "colour=red"], 2, "there is no 'colour'"),
    (["Benchmarks/Programs/parser.o", "--frames", "0"], 2, "--frames 0"),
    (["Benchmarks/Programs/parser.o", "--rounds", "0"], 2, "--rounds 0"),
    (["Benchmarks/Programs/parser.o", "--engine", "jit", "--unverified"], 2, "machine code checks nothing"),
    (["Tests/Fixtures/command.o", "--program", "careless"], 1, "the verifier refuses 'careless'"),
  ])
  func `ends with the contract's code and the reason`(
    arguments: [String],
    code: Int32,
    reason: String
  ) async throws {
    let call = try await Invocation.xdp(["bench"] + arguments)
    #expect(call.exitCode == code)
    #expect(call.output.isEmpty)
    #expect(call.messages.contains(reason), "\(call.messages)")
  }

  @Test func `ends in time when it is interrupted, with what it has`() async throws {
    let call = try await Invocation.shell(
      """
      "$XDP" bench \(parser) --engine interpreter --frames 100 --rounds 10000 &
      \(Invocation.interruptLast); wait $!
      """
    )
    #expect(call.exitCode == 130)
    #expect(call.messages.contains("interrupted: the figures are those of the turns before"))
    #expect(call.output.isEmpty || call.output.contains("parse: 100 packets of 64 bytes"))
  }

  /// Answers differently where a packet is as an earlier run left it.
  private static let marking = Program(
    "marking",
    [
      .load(.word, .r2, from: Address(.r1)), .load(.word, .r3, from: Address(.r1, 4)),
      .alu(.mov, .doubleWord, .r4, .register(.r2)), .alu(.add, .doubleWord, .r4, .immediate(14)),
      .alu(.mov, .doubleWord, .r0, .immediate(0)), .branch(.gt, .doubleWord, .r4, .register(.r3), offset: 4),
      .load(.byte, .r5, from: Address(.r2)), .branch(.eq, .doubleWord, .r5, .immediate(0xFF), offset: 2),
      .store(.byte, .immediate(0xFF), to: Address(.r2)), .alu(.mov, .doubleWord, .r0, .immediate(1)), .exit,
    ]
  )

  @Test(arguments: [1, 63, 64, 65, 200]) func `runs each packet as it was given, in every pass`(
    count: Int
  ) throws {
    let packets = (0..<count).map { [UInt8](repeating: UInt8($0 % 250), count: 20 + $0 % 40) }
    let ring = try PacketRing(packets)
    let options = try RunOptions.parse([])
    let loaded = try UserEngine(.unverified([Self.marking]), options)
    let contestant = try PathContestant(loaded, on: ring)
    try contestant.warmUp()
    #expect(try contestant.measure(nanoseconds: 1) > 0)
    #expect(contestant.verdicts?[.drop] == UInt64(count))
    #expect(contestant.tally.received >= UInt64(3 * count))
    #expect(contestant.tally[.drop] == contestant.tally.received)
    #expect(contestant.tally.received % UInt64(count) == 0)
  }

  @Test(arguments: [([3.0, 1, 2], 2.0), ([4, 1, 2, 3], 2.5), ([], 0)] as [([Double], Double)])
  func `gives medians`(
    values: [Double],
    median: Double
  ) {
    var series = BenchSeries()
    for value in values { series.add(value) }
    #expect(series.median == median)
    #expect(series.min == values.min() ?? 0 && series.max == values.max() ?? 0)
  }

  @Test(arguments: [(0.2784, "0.278"), (1, "1.00"), (3.456, "3.46"), (99.999, "100.00"), (269.84, "269.8")])
  func `prints digits enough`(value: Double, text: String) {
    #expect(BenchReport.text(value) == text)
  }
}
