/// A kind of processor that machine code is made for.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  /// 64-bit x86, any of its processors.
  case x86_64 = "x86-64"
  /// 64-bit Arm, from its first version (ARMv8.0).
  case arm64

  /// What the processor here runs; nil where nothing is made for it.
  public static var host: InstructionSet? {
    #if arch(x86_64)
    .x86_64
    #elseif arch(arm64)
    .arm64
    #else
    nil
    #endif
  }

  /// The processor here, or the least of the kind where this is not its own.
  var target: CodeTarget {
    switch self {
    case .x86_64: .x86_64(.host)
    case .arm64: .arm64(.host)
    }
  }
}
