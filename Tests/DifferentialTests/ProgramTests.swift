import BPF
import BPFJIT
import BPFObject
import BTF
import LinuxKernel
import SystemPackage
import TestSupport
import Testing
import XDPToolchain

/// Programs of the kinds that people write, over packets of every kind, on every engine.
@Suite(KernelAccess.required) struct `Programs of every kind` {
  /// What a whole comparison has seen.
  private struct Summary {
    var runs = 0
    var verdicts: Set<UInt32> = []
    var isChanged = false
    var records = 0
  }

  /// Sends packets through the programs of a subject, and some of what comes out through them again.
  private static func compare(
    _ programs: [Program],
    of subject: ProgramSubject,
    seed: UInt64,
    cut: Bool
  ) throws -> Summary {
    let comparison = try ObjectComparison(programs, of: subject)
    var random = SplitMix(seed: seed &+ 1), summary = Summary()
    func require(_ difference: ObjectComparison.Difference?, _ place: String) throws {
      try #require(
        difference == nil,
        "\(subject), seed \(seed), \(place): \(difference.map { "\($0)" } ?? "")"
      )
    }
    func run(_ entry: Int, _ step: ProgramPackets.Step) throws -> TestRunResult {
      let seen = try comparison.run(entry, step.bytes, metadata: step.metadata, linear: step.linear)
      let place = "\(comparison.entries[entry]) on \(step.name) \(step.bytes), metadata \(step.metadata)"
      try require(seen.difference, place)
      summary.runs += 1
      summary.verdicts.insert(seen.kernel.returned)
      if seen.kernel.data != step.bytes { summary.isChanged = true }
      return seen.kernel
    }
    let inPieces = programs[0].flags.contains(.frags)
    for step in ProgramPackets(seed: seed, cut: cut, inPieces: inPieces).steps {
      if Int.random(in: 0..<6, using: &random) == 0 {
        try require(try comparison.interfere(&random), "before \(step.name)")
      }
      let entry = Int.random(in: 0..<programs.count, using: &random)
      let result = try run(entry, step)
      guard result.data.count >= 14, result.data.count + result.metadata.count <= 3520 else { continue }
      if let answer = ProgramPackets.acknowledgement(of: result.data) {
        _ = try run(entry, .init(name: "the ACK after \(step.name)", bytes: answer))
      } else if Bool.random(using: &random) {
        let next = Int.random(in: 0..<programs.count, using: &random)
        let again = ProgramPackets.Step(
          name: "what became of \(step.name)",
          bytes: result.data,
          metadata: result.metadata
        )
        _ = try run(next, again)
      }
    }
    try require(try comparison.differingMaps().first, "at the end")
    summary.records = comparison.recordCount
    return summary
  }

  @Test(arguments: ProgramSubject.all)
  func `give the kernel's verdicts, bytes and maps`(subject: ProgramSubject) throws {
    let programs = try subject.programs()
    var verdicts: Set<UInt32> = [], runs = 0, records = 0
    for seed in Seeds.first(2) {
      let summary = try Self.compare(programs, of: subject, seed: seed, cut: seed == 0)
      verdicts.formUnion(summary.verdicts)
      runs += summary.runs
      records += summary.records
    }
    // A program that does the same to everything compares nothing; these two only look.
    #expect(verdicts.count > 1 || ["counters", "map_operations"].contains(subject.name))
    #expect(runs > 200)
    #expect((records > 100) == ["events", "mirror"].contains(subject.name))
  }

  @Test(
    .enabled("only the compiler that made the objects makes the same bytes") { FixtureCompiler.isHere },
    arguments: ProgramSubject.all.map(\.name) + ["sampling"]
  )
  func `are what their sources give`(name: String) throws {
    let source = "Tests/Fixtures/programs/\(name)"
    let options = "-O2 -g -target bpf -ffile-prefix-map=\"$PWD\"=. -fdebug-compilation-dir=."
    let made = try FixtureCompiler.files(
      madeBy: "clang \(options) -c \(source).c -o $OUT/o && llvm-objcopy --strip-debug $OUT/o",
      in: "."
    )
    #expect(try made["o"] == FixtureCompiler.bytes(of: "\(source).o"), "run make objects")
  }

  /// Instruction sets and optimizations: other code for the same source, which must do the same.
  private static let compilations = [
    ["-mcpu=v1"], ["-mcpu=v2"], ["-mcpu=v3", "-O1"], ["-mcpu=v4"], ["-mcpu=v4", "-Os"],
  ]

  private static let compiler = Task { () -> (compiler: ClangCompiler?, reason: String) in
    do { return (try await ClangCompiler.find(), "") } catch { return (nil, "\(error)") }
  }

  /// Each program in two of the forms, and in all of them where more seeds are asked for.
  @Test(arguments: ProgramSubject.all.indices)
  func `do the same however they are compiled`(index: Int) async throws {
    let subject = ProgramSubject.all[index], (found, reason) = await Self.compiler.value
    guard let compiler = found else { try Test.cancel("skipped: \(reason)") }
    var accepted = 0
    for seed in Seeds.first(2).prefix(Self.compilations.count) {
      let options = Self.compilations[(index + 2 * Int(seed)) % Self.compilations.count]
      do {
        let source = FilePath(Fixture.path("programs/\(subject.name).c"))
        let bytes = try await compiler.compile(source, options: options).object
        let programs = try ObjectFile(parsing: bytes.rawBytes, named: subject.name).linked()
        _ = try Self.compare(programs, of: subject, seed: 7, cut: false)
        accepted += 1
      } catch let refusal as KernelError where !refusal.log.isEmpty {
        // Not all code that clang makes is code that the verifier follows.
      } catch ToolchainError.refused where options[0] < "-mcpu=v3" {
        // The first instruction sets have no atomics that fetch.
      }
    }
    #expect(accepted > 0)
  }

  /// The one program here whose answers are nobody's promise shows that a comparison finds what differs.
  @Test func `that ask for chance are told apart`() throws {
    let subject = ProgramSubject("sampling")
    let comparison = try ObjectComparison(try subject.programs(), of: subject)
    let steps = ProgramPackets(seed: 0, cut: false).steps
    var differences: [ObjectComparison.Difference] = [], maps: [String] = []
    // The counts of what was sampled may be equal by chance, one time in about ten, but not again and again.
    for _ in 0..<64 where maps.count < 2 {
      differences += try steps.compactMap { try comparison.run(0, $0.bytes).difference }
      maps = try comparison.differingMaps().map(\.field)
    }
    #expect(Set(differences.map(\.field)) == ["returned"])
    #expect(Set(differences.map(\.engine)).isSuperset(of: ["interpreter", "oracle"]))
    #expect(Set(maps) == ["map .bss"])
  }
}
