import Synchronization

/// How much address space the maps of one load may reserve together.
///
/// Maps reserve what their definition asks for and commit it on touch; this keeps the sum within bounds. A map gives
/// its share back when it dies. Safe to share between threads.
public final class MemoryLimit: Sendable {
  /// The most that all maps together may reserve, in bytes.
  public let byteCount: Int
  private let reserved = Atomic<Int>(0)

  /// Makes a limit of so many bytes; by default 8 GiB.
  public init(byteCount: Int = 8 << 30) {
    self.byteCount = max(0, byteCount)
  }

  /// Bytes reserved at the moment.
  public var reservedByteCount: Int { reserved.load(ordering: .relaxed) }

  /// Takes a share, or takes nothing and answers false.
  func reserve(_ need: Int) -> Bool {
    var current = reserved.load(ordering: .relaxed)
    while true {
      guard need <= byteCount - current else { return false }
      let (exchanged, original) = reserved.weakCompareExchange(
        expected: current,
        desired: current + need,
        ordering: .relaxed
      )
      if exchanged { return true }
      current = original
    }
  }

  /// Gives a share back.
  func release(_ share: Int) { reserved.subtract(share, ordering: .relaxed) }
}
