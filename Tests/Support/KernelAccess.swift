import LinuxKernel
public import Testing

/// The one rule about tests that need the kernel: without it they are skipped and say why, except in CI.
///
/// There (`CI=true`) a skip would hide that nothing was compared, so the want of privilege is a failure.
public enum KernelAccess {
  /// The trait for every test and suite that loads something into the kernel.
  public static var required: ConditionTrait {
    .enabled("\(KernelEngine.unavailability ?? "")") {
      guard let reason = KernelEngine.unavailability else { return true }
      if ProcessEnvironment["CI"] == "true" { throw Missing(reason: reason) }
      return false
    }
  }

  /// Why a kernel test could not run in CI.
  public struct Missing: Error, CustomStringConvertible {
    /// The engine's own words.
    public var reason: String
    /// One line for a person.
    public var description: String { "CI must run the kernel tests, but: \(reason)" }
  }
}
