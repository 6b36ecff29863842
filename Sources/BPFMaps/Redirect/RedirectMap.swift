import BPF

/// A map that packets are redirected to (`bpf_redirect_map`): devmap, devmap hash, cpumap, xskmap.
///
/// Programs can look targets up and not change them. A worker reads a target with `target(for:)` and its program or socket
/// with `object(for:)`; neither takes a lock, and what they give stays alive until the worker's batch ends.
public protocol RedirectMap: UserMap {
  /// The target under a key, nil where there is none.
  func target(for key: UInt32) -> RedirectEntry?
  /// The program to run on the way to the target under a key, or the socket that it is; nil where there is none.
  func object(for key: UInt32) -> AnyObject?
  /// Every key that has a target, in no order; for a broadcast.
  func targetKeys() -> [UInt32]
}

/// What a redirect map holds under a key.
public struct RedirectEntry: BitwiseCopyable, Hashable, Sendable {
  /// The interface of a devmap, the queue's length of a cpumap, the queue of an xskmap's socket.
  public var number: UInt32
  /// The id of the program to run on the way, 0 for none.
  public var programID: UInt32

  /// Makes an entry.
  public init(number: UInt32, programID: UInt32 = 0) {
    self.number = number
    self.programID = programID
  }

  /// As maps keep it: one word, the number below and the program's id above.
  init(word: UInt64) {
    number = UInt32(truncatingIfNeeded: word)
    programID = UInt32(truncatingIfNeeded: word >> 32)
  }

  /// As maps keep it.
  var word: UInt64 { UInt64(programID) << 32 | UInt64(number) }
}
