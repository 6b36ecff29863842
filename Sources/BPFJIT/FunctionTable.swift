/// Where the functions of a compiled program are, for helpers that call them back.
///
/// Its invariant: `words` has `count` elements from `init` to `deinit`; the first is the address of the code that calls
/// functions back, the others the functions' by their slots.
@safe final class FunctionTable: @unchecked Sendable {
  private let words: UnsafeMutablePointer<UInt64>
  private let count: Int

  init(slotCount: Int) {
    count = slotCount + 1
    unsafe words = .allocate(capacity: count)
    unsafe words.initialize(repeating: 0, count: count)
  }

  deinit { unsafe words.deallocate() }

  /// The first word.
  var address: UInt64 { unsafe UInt64(UInt(bitPattern: words)) }

  /// Puts the addresses in, before anything runs.
  func fill(_ code: GeneratedCode, in memory: any CodeMemory) {
    unsafe words[0] = memory.entrance(at: code.callback)
    for (slot, place) in code.functions where slot + 1 < count {
      unsafe words[slot + 1] = memory.base + UInt64(place)
    }
  }
}
