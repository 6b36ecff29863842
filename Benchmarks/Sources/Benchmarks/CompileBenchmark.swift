import BPF
import BPFJIT
import BPFVerifier
import XDP

/// How long machine code takes to make, until it can be executed; and as a listing, which is never executed.
enum CompileBenchmark {
  /// The rows.
  static func rows() throws -> [SpeedRow] {
    [try row("Programs/short.o", runs: 400, most: 10), try row("Programs/large.o", runs: 20, most: 500)]
  }

  private static func row(_ path: String, runs: Int, most: Double) throws -> SpeedRow {
    guard let program = try BenchmarkFiles.object(path).linked(kernel: nil).first else {
      fatalError("no program")
    }
    guard let host = InstructionSet.host else { fatalError("no machine code is made for this processor") }
    let verified = try Verifier(.xdp()).verify(program)
    let loaded = try LoadedObject([verified])
    var contestants = [
      Contestant(name: "code", operations: runs) {
        do throws(CompilationError) {
          for _ in 0..<runs { _ = try loaded.listing(of: verified, for: host) }
        } catch { fatalError("\(error)") }
      },
      Contestant(name: "executable", operations: runs) {
        do throws(CompilationError) {
          for _ in 0..<runs { _ = try loaded.compiled(verified) }
        } catch { fatalError("\(error)") }
      },
    ]
    let ubpf = Result { () throws(SpeedRow.Absence) in
      if program.maps.contains(where: { $0.type == .array }) {
        throw SpeedRow.Absence(reason: "the program has maps")
      }
      return try UBPF(program)
    }
    if case .success(let ubpf) = ubpf {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      contestants.append(
        Contestant(name: "uBPF", operations: runs) {
          for _ in 0..<runs { guard ubpf.generate(into: &buffer) else { fatalError("uBPF makes no code") } }
        }
      )
    }
    let figures = measure(contestants)
    let count = program.instructions.count
    let listing = short(figures[0].medianNanoseconds / 1000)
    let text = count < 1000 ? "\(count)" : "\(count / 1000),\(String(count % 1000 + 1000).dropFirst())"
    return SpeedRow(
      "machine code for \(text) instructions, until it can be executed",
      .microseconds,
      targets: [.microseconds(most)],
      ours: figures[1],
      peers: [SpeedRow.Peer(name: "uBPF, the code alone", figures: ubpf.map { _ in figures[2] })],
      note: "as a listing with its symbols, nothing made executable, \(listing) µs"
    )
  }
}
