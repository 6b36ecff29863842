import BPF
import LinuxKernel

/// A program in the kernel's test run, as something to measure beside.
///
/// The kernel's loop around the program counts, as it does in what `bpftool prog run` prints; a program that only drops shows
/// what that alone takes. A call, about 0.3 ms, is spread over its runs.
struct KernelRuns {
  /// The program with its maps.
  let program: LoadedProgram
  /// Runs a call.
  static let count = 500_000

  /// Loads a program.
  init(_ program: Program) throws(SpeedRow.Absence) {
    if let reason = KernelEngine.unavailability { throw SpeedRow.Absence(reason: reason) }
    do throws(KernelError) { self.program = try KernelEngine.load(program) } catch {
      throw SpeedRow.Absence(reason: error.description.split(separator: "\n").first.map(String.init) ?? "")
    }
  }

  /// Runs over packets in turn, one a call.
  func contestant(_ packets: [[UInt8]]) -> Contestant {
    var next = 0
    return Contestant(name: "Linux", operations: Self.count) {
      next = (next + 1) % packets.count
      do throws(KernelError) { _ = try program.testRun(packet: packets[next], repeat: Self.count) } catch {
        fatalError("\(error)")
      }
    }
  }
}
