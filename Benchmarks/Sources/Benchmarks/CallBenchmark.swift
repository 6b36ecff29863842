import BPF
import BPFJIT
import BPFRuntime
import BPFVerifier
import CPeer
import XDP

/// One packet a call: machine code and the interpreter beside peers that know nothing else, over the same bytes.
enum CallBenchmark {
  private static let runs = 500_000

  /// The rows.
  static func rows() throws -> [SpeedRow] {
    [try compiled(), try interpreted("parser"), try interpreted("loop")]
  }

  private static func program(_ name: String) throws -> Program {
    guard let program = try BenchmarkFiles.object("Programs/\(name).o").linked(kernel: nil).first else {
      fatalError("no program")
    }
    return program
  }

  /// Takes part if it is there and answers as it should.
  private static func take<Peer>(
    _ name: String,
    _ make: () throws(SpeedRow.Absence) -> Peer,
    expecting expected: UInt64,
    _ run: @escaping (Peer) -> UInt64,
    runs: Int = runs
  ) -> (name: String, contestant: Result<Contestant, SpeedRow.Absence>) {
    do throws(SpeedRow.Absence) {
      let peer = try make()
      guard run(peer) == expected else { throw SpeedRow.Absence(reason: "it answers something else") }
      return (
        name,
        .success(Contestant(name: name, operations: runs) { for _ in 0..<runs { _ = run(peer) } })
      )
    } catch { return (name, .failure(error)) }
  }

  /// Measures ours and those peers that are there, by turns.
  private static func measured(
    _ ours: Contestant,
    _ peers: [(name: String, contestant: Result<Contestant, SpeedRow.Absence>)]
  ) -> (Figures, [SpeedRow.Peer]) {
    var contestants = [ours]
    for case (_, .success(let contestant)) in peers { contestants.append(contestant) }
    let figures = measure(contestants)
    var next = 0
    let rows = peers.map { peer in
      SpeedRow.Peer(
        name: peer.name,
        figures: peer.contestant.map { _ in
          next += 1
          return figures[next]
        }
      )
    }
    return (figures[0], rows)
  }

  private static func compiled() throws -> SpeedRow {
    let program = try program("parser")
    let verified = try Verifier(.xdp()).verify(program)
    let loaded = try LoadedObject([verified])
    let code = try loaded.compiled(verified)
    let frame = LowFrame()
    let machine = Machine()
    frame.describe(in: machine)
    guard let expected = code.answer(on: machine) else { fatalError("the parser was stopped") }
    let memory = unsafe frame.memory
    let (ours, peers) = measured(
      Contestant(name: "swift-xdp", operations: runs) { for _ in 0..<runs { _ = code.answer(on: machine) } },
      [
        take("uBPF's JIT", { () throws(SpeedRow.Absence) in try UBPF(program) }, expecting: expected) {
          unsafe $0.compiled(memory, LowFrame.byteCount)
        },
        take("rbpf's JIT", { () throws(SpeedRow.Absence) in try RBPF(program) }, expecting: expected) {
          unsafe $0.run(memory, LowFrame.byteCount)
        },
        take("native C", { () throws(SpeedRow.Absence) in () }, expecting: expected) { _ in
          unsafe UInt64(UInt32(bitPattern: peer_parse(OpaquePointer(memory))))
        },
      ]
    )
    return SpeedRow(
      "one run of the parser, a call a packet",
      .nanoseconds,
      targets: [
        .timesAsFast(1, as: "uBPF's JIT"), .timesAsFast(1, as: "rbpf's JIT"),
        .timesAsFast(1 / 1.3, as: "native C"),
      ],
      ours: ours,
      peers: peers
    )
  }

  private static func interpreted(_ name: String) throws -> SpeedRow {
    let program = try program(name)
    let interpreter = try Interpreter(program, in: .xdp(for: .xdp))
    let frame = LowFrame()
    let machine = Machine()
    frame.describe(in: machine)
    guard case .returned(let expected) = interpreter.run(on: machine) else {
      fatalError("\(name) was stopped")
    }
    let runs = name == "loop" ? 20 : 100_000
    let memory = unsafe frame.memory
    let (ours, peers) = measured(
      Contestant(name: "swift-xdp", operations: runs) {
        for _ in 0..<runs { _ = interpreter.run(on: machine) }
      },
      [
        take(
          "uBPF's interpreter",
          { () throws(SpeedRow.Absence) in try UBPF(program) },
          expecting: expected,
          { unsafe $0.interpret(memory, LowFrame.byteCount) },
          runs: runs
        ),
        take(
          "rbpf's interpreter",
          { () throws(SpeedRow.Absence) in try RBPF(program) },
          expecting: expected,
          { unsafe $0.interpret(memory, LowFrame.byteCount) },
          runs: runs
        ),
      ]
    )
    return SpeedRow(
      name == "loop"
        ? "interpreter: 10,000 rounds of arithmetic" : "interpreter: the parser, a call a packet",
      name == "loop" ? .microseconds : .nanoseconds,
      targets: [.timesAsFast(4, as: "uBPF's interpreter")],
      ours: ours,
      peers: peers
    )
  }
}
