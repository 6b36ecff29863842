import ArgumentParser
import LinuxKernel

/// `--mode`: where a program is to run in the kernel.
enum ModeChoice: String, ExpressibleByArgument, CaseIterable {
  case auto, native, generic, offload

  /// The mode, nil for the best that works.
  var mode: HookMode? { HookMode(rawValue: rawValue) }
}
