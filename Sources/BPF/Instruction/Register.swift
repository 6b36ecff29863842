/// A register of the eBPF machine (RFC 9669, section 2.1).
///
/// `r0` returns, `r1`–`r5` pass arguments, `r6`–`r9` survive calls, `r10` is the read-only frame pointer.
public enum Register: UInt8, Hashable, Sendable, CaseIterable {
  case r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10
}
