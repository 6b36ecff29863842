import BPF
import BPFVerifier
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Our logs beside the running kernel's.
@Suite(KernelAccess.required) struct `Logs of both verifiers` {
  /// Programs that both follow in the same order.
  private static let objects = [
    "programs/vlan", "programs/counters", "programs/cidr_filter", "programs/dns", "programs/nat",
    "programs/port_knocking", "programs/gre", "programs/mpls", "programs/router",
    "programs/rate_limiter", "programs/receive_side", "programs/redirects", "families",
    "verify",
  ]

  /// Programs that break a rule, of which level 1 shows the way there alone.
  private static let mistakes = [
    "verify", "mistakes/bounds_check_of_another_copy", "mistakes/index_that_may_be_negative",
    "mistakes/index_without_upper_bound", "mistakes/missing_bounds_check", "mistakes/missing_null_check",
    "mistakes/no_bounds_check", "mistakes/null_check_of_another", "mistakes/offset_without_upper_bound",
    "mistakes/pointer_from_before_the_call", "mistakes/size_up_to_the_end",
    "mistakes/uninitialised_value", "mistakes/unreleased_reference",
  ]

  @Test(arguments: objects)
  func `tell the same of every register and slot that the kernel tells of`(name: String) throws {
    #expect(try Self.compare(name, .everyWay, .full) > 20)
  }

  @Test(arguments: mistakes)
  func `show the same way to a refusal`(name: String) throws {
    #expect(try Self.compare(name, .way, .brief) > 0)
  }

  /// Compares both logs of all programs of an object; how many values were compared.
  private static func compare(
    _ name: String,
    _ level: BPFVerifier.LogLevel,
    _ kernelLevel: KernelEngine.LogLevel
  ) throws -> Int {
    var compared = 0
    for program in try Fixture.object(name).linked() {
      let kernels = StateLog(try kernelLog(of: program, kernelLevel))
      let environment = VerifierEnvironment.xdp(processorCount: try PossibleCPUs.count())
      let ours = StateLog(Verifier(environment).log(of: program, level))
      #expect(ours.steps.map(\.slot) == kernels.steps.map(\.slot), "\(program.name): the same way")
      var known: [String: String] = [:]
      var differences: [String] = []
      for (our, kernel) in zip(ours.steps, kernels.steps) {
        guard our.slot == kernel.slot else { break }
        if !our.before.isEmpty { known.merge(our.before) { $1 } }
        for (key, value) in kernel.before
        where known[key] != value && kernels.isLive(key, before: our.slot) {
          differences.append("before \(our.slot): \(key)=\(value), ours \(known[key] ?? "nothing")")
        }
        known.merge(our.after) { $1 }
        for (key, value) in kernel.after where known[key] != value {
          differences.append("after \(our.slot): \(key)=\(value), ours \(known[key] ?? "nothing")")
        }
        compared += kernel.before.count + kernel.after.count
      }
      #expect(differences.isEmpty, "\(program.name): \(differences.prefix(8).joined(separator: "\n"))")
    }
    return compared
  }

  private static func kernelLog(
    of program: Program,
    _ level: KernelEngine.LogLevel
  ) throws -> String {
    do throws(KernelError) {
      return try KernelEngine.load(program, logLevel: level).log
    } catch {
      guard !error.log.isEmpty else { throw error }
      return error.log
    }
  }
}
