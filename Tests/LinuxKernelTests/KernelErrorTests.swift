import BPF
import LinuxKernel
import Testing

@Suite struct `Kernel errors` {
  @Test func `say what was asked, what came back and what to do`() {
    let error = KernelError(command: "BPF_PROG_LOAD", subject: "drop", code: .notPermitted)
    #expect(
      error.description
        == "BPF_PROG_LOAD of 'drop' failed: operation not permitted (EPERM); "
        + "needs the capabilities cap_bpf and cap_net_admin, for instance as root"
    )
  }

  @Test func `end in the log, and pick its reason`() {
    let error = KernelError(
      command: "BPF_PROG_LOAD",
      subject: "drop",
      code: .accessDenied,
      log: "0: (b7) r0 = 2\nR1 invalid mem access\nprocessed 1 insns (limit 1000000)\n"
    )
    #expect(error.reason == "R1 invalid mem access")
    #expect(error.description.hasSuffix("the kernel's verifier says why:\n\(error.log)"))
  }
}

@Suite struct `Possible CPUs` {
  @Test(arguments: [("0\n", 1), ("0-1\n", 2), ("0-127", 128), ("0-3,8-11", 8), ("0,2", 2)])
  func `are counted`(list: String, count: Int) {
    #expect(PossibleCPUs.count(inList: list) == count)
  }

  @Test(arguments: ["", "\n", "x", "3-1", "1-2-3", "-1", "0-99999999999"])
  func `are not guessed from something else`(list: String) {
    #expect(PossibleCPUs.count(inList: list) == nil)
  }
}
