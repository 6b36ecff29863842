/// Packets that are longer than the first part of a frame.
///
/// Invariant: a descriptor's chain of fragments lies in the batch's pool, and the batch owns its frames.
extension PacketBatch {
  /// Whether a packet goes on in fragments.
  public func hasFragments(at index: Int) -> Bool { self[index].fragments != 0 }

  /// All bytes of a packet, its fragments' too.
  public func copiedBytes(at index: Int) -> [UInt8] {
    let place = self[index]
    return unsafe [UInt8](unsafeUninitializedCapacity: Int(place.length)) { buffer, count in
      func add(_ offset: Int, _ length: Int) {
        guard length > 0, let target = buffer.baseAddress else { return }
        unsafe UnsafeMutableRawPointer(target + count).copyMemory(from: pool.base + offset, byteCount: length)
        count += length
      }
      add(Int(place.frame) + Int(place.data), place.linearLength)
      var next = place.fragments
      while next != 0 {
        let number = Int(next) - 1
        let fragment = unsafe pool.fragments[number]
        add(number * pool.stride + Int(fragment.start), Int(fragment.length))
        next = fragment.next
      }
    }
  }

  /// Puts the rest of the packet that was added last into fragments: the pool has frames enough.
  mutating func appendFragments(copying bytes: RawSpan) {
    let size = pool.geometry.frameSize
    var rest = bytes
    var last: Int?
    while rest.byteCount > 0, let frame = unsafe pool.take() {
      let part = rest.extracting(first: size)
      rest = rest.extracting(droppingFirst: part.byteCount)
      unsafe part.withUnsafeBytes { source in
        let target = unsafe UnsafeMutableRawBufferPointer(start: pool.base + Int(frame), count: source.count)
        unsafe target.copyMemory(from: source)
      }
      let number = Int(frame) / pool.stride
      unsafe pool.fragments[number] = FrameSlab.Fragment(next: 0, start: 0, length: UInt32(part.byteCount))
      link(number, after: last)
      last = number
    }
    precondition(rest.byteCount == 0, "the pool has no frame for a fragment")
    unsafe descriptors[count - 1].length += UInt32(bytes.byteCount)
    markFragments(at: count - 1)
  }

  private func link(_ number: Int, after last: Int?) {
    if let last {
      unsafe pool.fragments[last].next = UInt32(number + 1)
    } else {
      unsafe descriptors[count - 1].fragments = UInt32(number + 1)
    }
  }

  /// Drops the packets that go on in fragments, closes the gaps, and answers how many there were.
  public mutating func removeFragmented() -> Int {
    var kept = 0
    for index in 0..<count {
      let place = self[index]
      if place.fragments != 0 {
        unsafe pool.recycle(descriptors + index, count: 1)
      } else {
        unsafe descriptors[kept] = place
        unsafe timestamps[kept] = timestamps[index]
        kept += 1
      }
    }
    let removed = count - kept
    truncate(to: kept)
    return removed
  }
}
