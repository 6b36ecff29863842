/// Machine code in memory that the processor runs.
///
/// It lies among other programs' code where memory can be had at two addresses, else in pages of its own. No address is
/// ever writable and executable to one thread.
package final class ExecutableMemory: Sendable {
  /// The first byte.
  package let base: UInt64
  private let owner: Owner

  private enum Owner {
    case pool(ExecutablePool.Place)
    case pages(SealedPages)
  }

  /// Copies code into executable memory.
  init(_ code: [UInt8]) throws(CompilationError) {
    if let place = ExecutablePool.shared.store(code) {
      base = place.address
      owner = .pool(place)
    } else {
      let pages = try SealedPages(code)
      base = pages.base
      owner = .pages(pages)
    }
  }

  deinit {
    if case .pool(let place) = owner { ExecutablePool.shared.giveBack(place) }
  }
}
