import BTF
import LinuxKernel
import TestSupport
import Testing

@Suite(KernelAccess.required) struct `The kernel's types` {
  @Test func `are read to the last byte`() throws {
    let bytes = try KernelBTF.vmlinux()
    let types = try BTF(parsing: bytes.rawBytes)
    let context = try #require(types.find(named: "xdp_md", kind: .structure))
    #expect(types.byteCount(of: context) == 24)
  }
}
