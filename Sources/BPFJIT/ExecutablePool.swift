import Synchronization

/// All memory for machine code in this process: a few regions, each shared by many programs.
///
/// A program with pages of its own costs three system calls and a page for a few hundred bytes.
final class ExecutablePool: Sendable {
  /// The pool of this process.
  static let shared = ExecutablePool()

  /// Where some code lies.
  struct Place {
    fileprivate let region: ExecutableRegion
    /// Its bytes, counted from the region's first.
    fileprivate let range: Range<Int>
    /// Where it is run.
    var address: UInt64 { region.executable + UInt64(range.lowerBound) }
  }

  private struct Part {
    let region: ExecutableRegion
    var free: FreeRanges
  }

  /// Code begins at the beginning of a cache line.
  private static let alignment = 64
  private static let usualByteCount = 1 << 18

  private let parts = Mutex<[Part]>([])

  /// Copies code to where it can run; nil where there is no such memory.
  func store(_ code: [UInt8]) -> Place? {
    let byteCount = max((code.count + Self.alignment - 1) / Self.alignment, 1) * Self.alignment
    return parts.withLock { parts in
      for index in parts.indices {
        guard let range = parts[index].free.take(byteCount) else { continue }
        parts[index].region.write(code, at: range.lowerBound)
        return Place(region: parts[index].region, range: range)
      }
      guard let region = ExecutableRegion(byteCount: max(Self.usualByteCount, byteCount)) else { return nil }
      var free = FreeRanges(byteCount: region.byteCount)
      guard let range = free.take(byteCount) else { return nil }
      region.write(code, at: range.lowerBound)
      parts.append(Part(region: region, free: free))
      return Place(region: region, range: range)
    }
  }

  /// Takes code back that nothing runs any more.
  func giveBack(_ place: Place) {
    parts.withLock { parts in
      guard let index = parts.firstIndex(where: { $0.region === place.region }) else { return }
      place.region.erase(place.range)
      parts[index].free.put(place.range)
      if parts.count > 1, parts[index].free.byteCount == place.region.byteCount { parts.remove(at: index) }
    }
  }
}
