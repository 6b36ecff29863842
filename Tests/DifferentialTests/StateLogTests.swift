import BPF
import BPFVerifier
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Our log of level 2 beside the running kernel's.
@Suite(KernelAccess.required) struct `Logs of both verifiers` {
  /// Programs that both follow in the same order.
  private static let objects = [
    "programs/vlan", "programs/counters", "programs/cidr_filter", "programs/dns", "programs/nat",
    "programs/port_knocking", "programs/gre", "programs/mpls", "programs/router",
    "programs/rate_limiter", "programs/receive_side", "programs/redirects", "families", "verify",
  ]

  @Test(arguments: objects)
  func `tell the same of every register and slot that the kernel tells of`(name: String) throws {
    var compared = 0
    for program in try Fixture.object(name).linked() {
      let kernels = StateLog(try Self.kernelLog(of: program))
      let environment = VerifierEnvironment.xdp(processorCount: try PossibleCPUs.count())
      let ours = StateLog(Verifier(environment).log(of: program, .everyWay))
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
    #expect(compared > 20)
  }

  private static func kernelLog(of program: Program) throws -> String {
    do throws(KernelError) {
      return try KernelEngine.load(program, logLevel: .full).log
    } catch {
      guard !error.log.isEmpty else { throw error }
      return error.log
    }
  }
}
