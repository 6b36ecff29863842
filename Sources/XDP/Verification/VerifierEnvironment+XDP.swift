public import BPFVerifier
public import BTF

extension VerifierEnvironment {
  /// What XDP programs may do.
  ///
  /// - Parameters:
  ///   - kernel: The version whose helpers and kernel functions there are. The rules are Linux 6.18's in any case.
  ///   - processorCount: How many processors the machine may have, which bounds `bpf_get_smp_processor_id`.
  ///   - kernelTypes: The kernel's own types, for loads through pointers to its objects.
  /// - Returns: The environment of the verifier.
  public static func xdp(
    kernel: KernelVersion = .v6_18,
    processorCount: Int = 64,
    kernelTypes: BTF? = nil
  ) -> VerifierEnvironment {
    let profile = KernelProfile(kernel)
    return VerifierEnvironment(
      name: kernel.description,
      contextFields: XDPContextFields.all,
      helpers: (GeneralPrototypes.helpers(processorCount: processorCount) + XDPPrototypes.helpers)
        .filter { profile.has(helper: $0.id) },
      functions: (GeneralPrototypes.functions + XDPPrototypes.functions)
        .filter { profile.has(function: $0.name) },
      kernelTypes: kernelTypes,
      processorCount: processorCount
    )
  }
}
