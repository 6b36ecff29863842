import BPF
import CLinux
import Synchronization

/// A perf event that takes in what programs put out on one CPU (`PERF_COUNT_SW_BPF_OUTPUT`), and the ring that it does so by.
///
/// The ring's first page holds two positions, which only grow; records lie in the pages behind it and may go on at the
/// ring's start. One thread at a time reads.
///
/// Invariant: the attributes are an array that outlives the call, as long as its own second word says.
final class PerfEventReader: Sendable {
  /// Byte offsets in the first page: what the kernel has written up to, and what was read up to.
  private static let head = 1024, tail = 1032
  /// `PERF_RECORD_LOST` and `PERF_RECORD_SAMPLE`.
  private static let lost: UInt32 = 2, sample: UInt32 = 9

  let descriptor: Descriptor
  private let ring: SharedMapping
  private let capacity: Int
  private let losses = Atomic<UInt64>(0)
  /// How many records the kernel has said were lost, beside those that were taken out.
  var lostCount: UInt64 { losses.load(ordering: .relaxed) }

  /// Opens an event on a CPU, with a ring of so many bytes: a power of two of pages.
  init(cpu: Int, byteCount: Int) throws(MappingFailure) {
    descriptor = Descriptor(owning: try Self.open(cpu: cpu))
    capacity = byteCount
    ring = try SharedMapping(
      of: descriptor,
      byteCount: SharedMapping.pageByteCount + byteCount,
      isWritable: true
    )
  }

  /// `struct perf_event_attr` in its first version of 64 bytes: software, BPF's output, each record, raw, awake after one.
  private static func open(cpu: Int) throws(MappingFailure) -> Int32 {
    #if os(Linux)
    let attributes: [UInt64] = [64 << 32 | 1, 10, 1, 1 << 10, 0, 0, 1, 0]
    let answer = unsafe attributes.withUnsafeBytes {
      unsafe clinux_open_perf_event($0.baseAddress, Int32(cpu))
    }
    guard answer >= 0 else { throw MappingFailure(code: LinuxErrno(rawValue: -answer)) }
    return answer
    #else
    throw MappingFailure(code: .noSystemCall)
    #endif
  }

  /// All records, oldest first, each with its padding.
  func records(removing: Bool) -> [[UInt8]] {
    var lost: UInt64 = 0
    var records: [[UInt8]] = []
    let end = ring.position(at: Self.head)
    var position = ring.position(at: Self.tail)
    while position < end {
      // A type, two bytes of flags, two bytes of size; then a sample's length and bytes, or a loss's event and number.
      let header = bytes(at: position, count: 8), content = position + 8
      switch header.word(at: 0) {
      case Self.sample:
        records.append(bytes(at: content + 4, count: Int(bytes(at: content, count: 4).word(at: 0))))
      case Self.lost: lost += UInt64(bytes(at: content + 8, count: 4).word(at: 0))
      default: break
      }
      position += UInt64(header.word(at: 4) >> 16)
    }
    if removing {
      ring.store(position: end, at: Self.tail)
      losses.add(lost, ordering: .relaxed)
    }
    return records
  }

  /// Bytes of the ring, which may go on at its start.
  private func bytes(at position: UInt64, count: Int) -> [UInt8] {
    let start = Int(position % UInt64(capacity)), first = min(count, capacity - start)
    let data = SharedMapping.pageByteCount
    return ring.bytes(at: data + start, count: first) + ring.bytes(at: data, count: count - first)
  }
}
