import BPFVerifier
import Testing
import XDP

@Suite struct `The verifier's environment of XDP` {
  /// `bpf_loop` is of Linux 5.17, `bpf_xdp_load_bytes` of 5.18, `bpf_dynptr_from_xdp` of 6.4.
  @Test(arguments: [
    (KernelVersion.v5_15, false, false, false), (KernelVersion(5, 17), true, false, false),
    (.v6_1, true, true, false), (.v6_6, true, true, true), (.v6_18, true, true, true),
  ])
  func `has the calls of its kernel`(kernel: KernelVersion, loop: Bool, bytes: Bool, dynptr: Bool) {
    let environment = VerifierEnvironment.xdp(kernel: kernel)
    #expect((environment.helpers[181] != nil) == loop)
    #expect((environment.helpers[189] != nil) == bytes)
    #expect((environment.functions["bpf_dynptr_from_xdp"] != nil) == dynptr)
    #expect(environment.helpers[1] != nil)
  }
}
