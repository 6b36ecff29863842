import BPF
import BPFJIT
import BPFMaps
import BPFVerifier
import LinuxKernel
import XDP

/// A program of `Programs/maps.o` that looks up keys drawn at random, and its twin that only draws them, here and in the
/// kernel, over maps with the same entries.
///
/// The programs draw from a number in their packet and leave the next one there. Here 64 packets run as a batch, each with
/// a number of its own; the kernel's test run repeats one packet. What the twin takes is taken off: the rest is the map's time.
struct MapRunner {
  /// The programs.
  enum Work: String {
    case hash4, hash8, hash16, lru4, prefix
  }

  /// What was measured, of one look-up.
  struct Times {
    /// The machine code less its twin.
    var ours: Figures
    /// The machine code, twin included.
    var gross: Figures
    /// The kernel less its twin; nil where programs cannot be loaded.
    var kernel: Figures?
  }

  private static let object = "Programs/maps.o"

  /// Times look-ups in a map of so many entries, every one of which is found.
  ///
  /// - Parameters:
  ///   - work: The program.
  ///   - entries: How many entries the map has.
  ///   - rounds: How often all contestants take their turn.
  ///   - entry: The key of a number; the programs draw from the numbers below `entries`.
  /// - Returns: The times.
  /// - Throws: What the verifier, a map or the kernel refused.
  static func times(
    _ work: Work,
    entries: Int,
    rounds: Int = 15,
    entry: (UInt32) -> [UInt8]
  ) throws -> Times {
    let programs = try BenchmarkFiles.object(object).linked(kernel: nil)
    let looking = try program("look_up_\(work.rawValue)", of: programs, work, entries)
    let making = try program("make_\(work.rawValue)", of: programs, work, entries)
    let index = mapIndex(work, in: looking)
    let contents = (0..<UInt32(entries)).map { MapBatch.Entry(key: entry($0), value: bytes($0) + bytes(0)) }

    let verified = try [looking, making].map { try Verifier(.xdp()).verify($0) }
    let loaded = try LoadedObject(verified)
    try loaded.maps[index].updateBatch(contents)
    var contestants = try verified.map { try contestant(loaded, $0, entries) }
    if KernelEngine.isAvailable {
      let first = try KernelEngine.load(looking)
      try first.maps[index].updateBatch(contents)
      let second = try KernelEngine.load(making)
      contestants += [contestant(first, entries), contestant(second, entries)]
    }
    let figures = measure(contestants, rounds: rounds)
    return Times(
      ours: figures[0] - figures[1],
      gross: figures[0],
      kernel: figures.count == 4 ? figures[2] - figures[3] : nil
    )
  }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  private static func mapIndex(_ work: Work, in program: Program) -> Int {
    let name = work == .prefix ? "prefixes" : work.rawValue
    guard let index = program.maps.firstIndex(where: { $0.name == name }) else {
      fatalError("no map \(name)")
    }
    return index
  }

  /// A program whose map has room for so many entries.
  private static func program(
    _ name: String,
    of programs: [Program],
    _ work: Work,
    _ entries: Int
  ) throws -> Program {
    guard var program = programs.first(where: { $0.name == name }) else { fatalError("no program \(name)") }
    program.maps[mapIndex(work, in: program)].maxEntries = entries
    return program
  }

  /// A packet that draws, with a number to begin with.
  private static func packet(_ number: UInt32, _ entries: Int) -> [UInt8] {
    [UInt8](repeating: 2, count: 14) + bytes(number &* 0x9E37_79B9 &+ 12345) + bytes(UInt32(entries))
      + [UInt8](repeating: 0, count: 42)
  }

  private static func contestant(
    _ loaded: LoadedObject,
    _ program: VerifiedProgram,
    _ entries: Int
  ) throws -> Contestant {
    let compiled = try loaded.compiled(program), repeats = 4_000
    let state = Turn(pool: try FramePool(frameCount: 64), worker: loaded.makeWorker())
    for number in 0..<UInt32(64) {
      let isIn = unsafe state.batch.append(copying: packet(number, entries).span.bytes)
      precondition(isIn, "a pool of 64 frames takes 64 packets")
    }
    return Contestant(name: program.program.name, operations: 64 * repeats) {
      for _ in 0..<repeats { compiled.run(&state.batch, verdicts: &state.verdicts, on: &state.worker) }
      for index in 0..<64 where state.verdicts.actions[index] != UInt8(XDPAction.drop.rawValue) {
        fatalError("a key was not found")
      }
    }
  }

  private static func contestant(_ program: LoadedProgram, _ entries: Int) -> Contestant {
    let repeats = 200_000
    return Contestant(name: program.name, operations: repeats) {
      let result = try? program.testRun(packet: packet(1, entries), repeat: repeats)
      guard result?.returned == XDPAction.drop.rawValue else { fatalError("a key was not found") }
    }
  }

  /// What one contestant goes on with from round to round.
  private final class Turn {
    var batch: PacketBatch
    var verdicts = Verdicts()
    var worker: Worker

    init(pool: FramePool, worker: consuming Worker) {
      batch = PacketBatch(pool: pool)
      self.worker = worker
    }
  }
}

extension Figures {
  /// What is left of one contestant's times without another's of the same rounds.
  static func - (whole: Figures, part: Figures) -> Figures {
    Figures(
      cycles: zip(whole.cycles, part.cycles).map { $0 - $1 },
      nanoseconds: zip(whole.nanoseconds, part.nanoseconds).map { $0 - $1 }
    )
  }
}

extension MapRunner {
  /// What the kernel is called in the table.
  static let kernelName = "Linux's look-up"
}

extension MapRunner.Times {
  /// The row of these times.
  func row(_ title: String, targets: [SpeedRow.Target]) -> SpeedRow {
    let name = MapRunner.kernelName
    let peer = kernel.map { SpeedRow.Peer.measured(name, $0) } ?? .absent(name, "programs cannot be loaded")
    let whole = text(gross.medianNanoseconds)
    return SpeedRow(
      title,
      .nanoseconds,
      targets: targets,
      ours: ours,
      peers: [peer],
      note: "both less the same program without the look-up; the whole packet takes \(whole) ns here"
    )
  }
}
