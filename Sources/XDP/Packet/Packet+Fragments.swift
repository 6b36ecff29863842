import BPF

/// The parts of a packet beyond its first frame.
///
/// Invariant: the chain of fragments lies in the packet's pool, every part in its frame.
extension Packet {
  /// One part of a packet in one piece.
  @unsafe private struct Part {
    let start: UnsafeMutableRawPointer
    let count: Int
  }

  /// The numbers of the frames that hold the fragments, in order.
  private var fragmentFrames: [Int] {
    guard let pool else { return [] }
    var frames: [Int] = []
    var next = firstFragment
    while next != 0 {
      frames.append(Int(next) - 1)
      next = unsafe pool.fragments[Int(next) - 1].next
    }
    return frames
  }

  /// Copies bytes out of the packet, wherever they lie (`bpf_xdp_load_bytes`): nil, or why not.
  @unsafe func load(_ target: UnsafeMutableRawPointer, count: UInt32, from offset: UInt32) -> LinuxErrno? {
    if let refusal = refusal(of: offset, count) { return refusal }
    var done = 0
    unsafe forEachPiece(from: Int(offset), count: Int(count)) { piece in
      unsafe (target + done).copyMemory(from: piece.start, byteCount: piece.count)
      unsafe done += piece.count
    }
    return nil
  }

  /// Copies bytes into the packet, wherever they come to lie (`bpf_xdp_store_bytes`): nil, or why not.
  @unsafe func store(_ source: UnsafeRawPointer, count: UInt32, at offset: UInt32) -> LinuxErrno? {
    if let refusal = refusal(of: offset, count) { return refusal }
    var done = 0
    unsafe forEachPiece(from: Int(offset), count: Int(count)) { piece in
      unsafe piece.start.copyMemory(from: source + done, byteCount: piece.count)
      unsafe done += piece.count
    }
    return nil
  }

  /// Where bytes of the packet lie, if they lie in one piece (`bpf_xdp_pointer`).
  @unsafe func address(of offset: UInt32, count: UInt32) -> UnsafeMutableRawPointer? {
    guard refusal(of: offset, count) == nil else { return nil }
    var whole: UnsafeMutableRawPointer?
    unsafe forEachPiece(from: Int(offset), count: Int(count)) { piece in
      if unsafe piece.count == count { unsafe whole = piece.start }
    }
    return unsafe whole
  }

  /// `EFAULT` for what no packet could have, `EINVAL` for what this one has not.
  private func refusal(of offset: UInt32, _ count: UInt32) -> LinuxErrno? {
    guard offset <= 0xffff, count <= 0xffff else { return .badAddress }
    return Int(offset) + Int(count) > totalLength ? .invalid : nil
  }

  /// Calls a body with each piece of a range that lies within the packet.
  @unsafe private func forEachPiece(from offset: Int, count: Int, _ body: (Part) -> Void) {
    var offset = offset, left = count
    func visit(_ start: UnsafeMutableRawPointer, _ length: Int) {
      if offset < length, left > 0 {
        let taken = min(length - offset, left)
        unsafe body(Part(start: start + offset, count: taken))
        left -= taken
        offset = 0
      } else {
        offset = max(0, offset - length)
      }
    }
    unsafe visit(linearStart, length)
    guard left > 0, let pool else { return }
    for number in fragmentFrames {
      let fragment = unsafe pool.fragments[number]
      unsafe visit(pool.base + number * pool.stride + Int(fragment.start), Int(fragment.length))
    }
  }

  /// Moves the end of a packet that has fragments.
  mutating func adjustFragments(by delta: Int32) -> LinuxErrno? {
    // What the kernel makes of the smallest number is a shrink by nothing, for it negates it.
    delta < 0 && delta != .min ? shrink(by: Int(-delta)) : grow(by: Int(max(0, delta)))
  }

  private mutating func grow(by count: Int) -> LinuxErrno? {
    guard let pool, let last = fragmentFrames.last else { return .invalid }
    let fragment = unsafe pool.fragments[last]
    let end = Int(fragment.start) + Int(fragment.length)
    guard count <= pool.geometry.frameSize - end else { return .invalid }
    let target = unsafe pool.base + last * pool.stride + end
    unsafe target.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    unsafe pool.fragments[last].length += UInt32(count)
    fragmentBytes += count
    setEnd(dataEnd)
    return nil
  }

  private mutating func shrink(by count: Int) -> LinuxErrno? {
    guard let pool, count <= totalLength - Self.shortest else { return .invalid }
    var left = count
    var frames = fragmentFrames
    while left > 0, let last = frames.last {
      let length = unsafe Int(pool.fragments[last].length)
      guard left >= length else {
        unsafe pool.fragments[last].length -= UInt32(left)
        fragmentBytes -= left
        left = 0
        break
      }
      left -= length
      fragmentBytes -= length
      pool.recycleFragments(from: UInt32(last + 1))
      frames.removeLast()
      if let before = frames.last {
        unsafe pool.fragments[before].next = 0
      } else {
        firstFragment = 0
      }
    }
    setEnd(frames.isEmpty ? dataEnd - left : dataEnd)
    return nil
  }

  /// Moves bytes from the fragments until the linear part has `length` (`bpf_xdp_pull_data`): nil, or why not.
  ///
  /// Where the tailroom does not hold them, the linear part and its metadata move into the headroom first.
  mutating func pull(to length: UInt32) -> LinuxErrno? {
    guard Int(length) > self.length else { return nil }
    guard Int(length) <= totalLength, let pool else { return .invalid }
    var delta = Int(length) - self.length
    let room = room
    guard delta <= room.head + room.tail else { return .invalid }
    if delta > room.tail { shiftDown(by: delta - room.tail) }
    while delta > 0, firstFragment != 0 {
      let number = Int(firstFragment) - 1
      let fragment = unsafe pool.fragments[number]
      let taken = min(delta, Int(fragment.length))
      let source = unsafe pool.base + number * pool.stride + Int(fragment.start)
      unsafe (linearStart + self.length).copyMemory(from: source, byteCount: taken)
      setEnd(dataEnd + taken)
      fragmentBytes -= taken
      delta -= taken
      if taken == Int(fragment.length) {
        firstFragment = fragment.next
        unsafe pool.recycle(UInt64(number * pool.stride))
      } else {
        unsafe pool.fragments[number].start += UInt32(taken)
        unsafe pool.fragments[number].length -= UInt32(taken)
      }
    }
    return nil
  }

  /// The first byte of the linear part.
  private var linearStart: UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(bitPattern: UInt(address(of: data))).unsafelyUnwrapped
  }
}
