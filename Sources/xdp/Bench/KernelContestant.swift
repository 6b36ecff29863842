import BPF
import LinuxKernel
import XDP

/// A program in the kernel's test run, which repeats one packet after another.
///
/// The kernel's own loop around the program counts: how long that takes without a program worth the name is measured with
/// one that drops.
final class KernelContestant: BenchContestant {
  let program: String
  let engine = "kernel"
  let frames: Int
  let verdicts: VerdictCounts? = nil
  let notes: [String] = []

  private let loaded: LoadedProgram
  private let packets: [[UInt8]]
  private var next = 0
  /// How often a packet is run in a row, for a turn of about 10 ms.
  private var count = 0
  /// What a call takes beside the runs, in nanoseconds: the kernel makes and forgets a trampoline for each.
  private var callTime = 0.0

  /// So many packets out of all have their turn, one after the other.
  static let sampleCount = 8

  /// A loaded program, and packets to choose from.
  init(_ loaded: LoadedProgram, named name: String, _ packets: [[UInt8]]) throws(CommandError) {
    program = name
    self.loaded = loaded
    self.packets = Self.sample(packets)
    frames = self.packets.count
    if frames == 0 { throw .refused("the kernel's test run takes packets of 14 bytes and more") }
  }

  /// A program that does nothing but drop.
  static func harness(_ packets: [[UInt8]]) throws(CommandError) -> KernelContestant {
    let program = Program("drop", [.alu(.mov, .doubleWord, .r0, .immediate(1)), .exit])
    let loaded: LoadedProgram
    do throws(KernelError) { loaded = try KernelEngine.load(program) } catch { throw .refused("\(error)") }
    return try KernelContestant(loaded, named: "drop", packets)
  }

  /// Packets from the first to the last at even distances; the kernel takes none shorter than an Ethernet header.
  private static func sample(_ packets: [[UInt8]]) -> [[UInt8]] {
    let possible = packets.filter { $0.count >= 14 }
    let count = min(sampleCount, possible.count)
    return (0..<count).map { possible[$0 * possible.count / count] }
  }

  func warmUp() throws(CommandError) {
    var calls: [Double] = []
    for _ in 0..<3 { calls.append(try run(2)) }
    callTime = calls.sorted()[1]
    let trial = 20_000
    let each = max(1, (try run(trial) - callTime) / Double(trial))
    count = Int(min(max(10_000_000 / each, 10), 2_000_000))
  }

  func measure(nanoseconds: UInt64) throws(CommandError) -> Double {
    next = (next + 1) % packets.count
    var spent = 0.0, runs = 0
    while spent < Double(nanoseconds) / 2 {
      spent += max(1, try run(count) - callTime)
      runs += count
    }
    return spent / Double(runs)
  }

  /// The packet at hand so many times: nanoseconds.
  private func run(_ count: Int) throws(CommandError) -> Double {
    do throws(KernelError) {
      let start = ThreadClock.nanoseconds
      _ = try loaded.testRun(packet: packets[next], repeat: count)
      return Double(ThreadClock.nanoseconds - start)
    } catch {
      throw .refused("\(error)")
    }
  }
}
