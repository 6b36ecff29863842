/// How much a verifier's log tells, numbered as the kernel's are.
public enum LogLevel: Int, Hashable, Sendable {
  /// The way to a refusal, and how much work it was (`BPF_LOG_LEVEL1`).
  case way = 1
  /// Every way, with the state at each instruction (`BPF_LOG_LEVEL2`).
  case everyWay = 2
}
