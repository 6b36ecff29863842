import CLinux
import XDP

/// Packets that are made once, each in a frame of its own, and come again and again as they were left.
///
/// Invariant: `places` has `count` descriptors from init to deinit, of frames that follow each other in the pool's slab
/// and of which none has fragments. The cycle owns them all but for the `outstanding` ones before `next`.
@safe final class FrameCycle {
  private let pool: FramePool
  private let places: UnsafeMutablePointer<FrameDescriptor>
  private let count: Int
  private let frames: Range<UInt64>
  private let returned: UnsafeMutablePointer<UInt64>
  private var next = 0
  private var outstanding = 0

  /// Makes packets in the frames of a fresh pool; nil where it has too few of them in one piece.
  init?(_ reuse: TrafficDescription.Reuse, from generator: inout TrafficGenerator, in pool: FramePool) {
    guard pool.available >= reuse.count else { return nil }
    self.pool = pool
    count = reuse.count
    unsafe places = .allocate(capacity: count)
    unsafe returned = .allocate(capacity: count)
    var made = 0, first = UInt64.max, last: UInt64 = 0
    var batch = PacketBatch(pool: pool)
    while made < count {
      let filled = generator.fill(&batch, atMost: count - made)
      guard filled > 0 else { break }
      for index in 0..<filled {
        let place = batch[index]
        first = min(first, place.frame)
        last = max(last, place.frame)
        unsafe places[made + index] = FrameDescriptor(
          frame: place.frame,
          data: place.data,
          length: place.length
        )
      }
      unsafe batch.relinquishAll()
      made += filled
    }
    frames = first..<(last &+ 1)
    guard made == count, Int(last - first) == (count - 1) * pool.stride else { return nil }
    if reuse.isScattered { scatter(seed: generator.description.seed) }
  }

  deinit {
    for step in 1...max(1, count - outstanding) where outstanding < count {
      unsafe pool.recycle(places[(next + step - 1) % count].frame)
    }
    unsafe places.deallocate()
    unsafe returned.deallocate()
  }

  /// Exchanges each place with one before it, by chance (Fisher and Yates).
  private func scatter(seed: UInt64) {
    var state = seed
    for index in stride(from: count - 1, to: 0, by: -1) {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let other = Int((state ^ state >> 29).multipliedFullWidth(by: UInt64(index + 1)).high)
      unsafe swap(&places[index], &places[other])
    }
  }

  /// Adds packets to the batch, once all that were handed out before are back; answers how many.
  func fill(_ batch: inout PacketBatch, atMost limit: Int) -> Int {
    guard outstanding == 0 || takeBack() else { return 0 }
    let added = min(limit, batch.room, count - next)
    guard added > 0 else { return 0 }
    unsafe batch.adopt(places + next, count: added)
    next = next + added == count ? 0 : next + added
    outstanding = added
    askForNext()
    return added
  }

  /// Asks for the first lines of the batch after the one that was handed out: they come while that one is worked on.
  private func askForNext() {
    let base = unsafe pool.base
    for index in next..<min(next + PacketBatch.capacity, count) {
      let place = unsafe places[index]
      unsafe clinux_prefetch(base + Int(place.frame) + Int(place.data))
    }
  }

  /// Takes the frames that came back to the pool; whether those are all.
  private func takeBack() -> Bool {
    // Usually the frames that were freed last are ours.
    let taken = unsafe pool.take(outstanding, into: returned)
    var ours = 0
    for index in 0..<taken { ours += unsafe frames.contains(returned[index]) ? 1 : 0 }
    if ours == taken {
      outstanding -= taken
      return outstanding == 0
    }
    // Others lie among them, such as copies: those go back, under what is still to be found.
    var others: [UInt64] = []
    for index in 0..<taken where unsafe !frames.contains(returned[index]) {
      unsafe others.append(returned[index])
    }
    outstanding -= ours
    while outstanding > 0, let frame = unsafe pool.take() {
      if frames.contains(frame) { outstanding -= 1 } else { others.append(frame) }
    }
    for frame in others.reversed() { unsafe pool.recycle(frame) }
    return outstanding == 0
  }
}
