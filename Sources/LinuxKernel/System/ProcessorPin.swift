import CLinux

/// Keeps the calling thread on the first CPU until it is let go, then lets the thread run where it could before.
///
/// Programs that count by CPU then answer the same in every run. A thread that may not run there stays where it is.
///
/// Invariant: masks are arrays that outlive the calls they are passed to, with their own size in bytes.
struct ProcessorPin: ~Copyable {
  /// Room for 8,192 CPUs, as many as Linux may be built for.
  private static let wordCount = 128
  private var before: [UInt64]?

  /// Moves the calling thread to CPU 0.
  init() {
    #if os(Linux)
    var mask = [UInt64](repeating: 0, count: Self.wordCount)
    let got = unsafe mask.withUnsafeMutableBytes { unsafe clinux_get_affinity($0.baseAddress, $0.count) }
    var first = [UInt64](repeating: 0, count: Self.wordCount)
    first[0] = 1
    if got > 0, mask != first, Self.set(first) { before = mask }
    #endif
  }

  deinit {
    if let before { _ = Self.set(before) }
  }

  private static func set(_ mask: [UInt64]) -> Bool {
    #if os(Linux)
    unsafe mask.withUnsafeBytes { unsafe clinux_set_affinity($0.baseAddress, $0.count) } == 0
    #else
    false
    #endif
  }
}
