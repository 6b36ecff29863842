import BPF
import BPFRuntime

/// `bpf_csum_diff`: the checksum of bytes put in place of others.
///
/// Invariant: an engine calls it with pointers to as many readable bytes as the sizes say; a size of 0 may go with a
/// pointer that is none.
enum ChecksumHelper {
  static let all: [Helper] = [difference]

  static let difference = unsafe Helper(
    HelperPrototype(
      28,
      "bpf_csum_diff",
      [.readableMemoryOrNull, .sizeOrZero, .readableMemoryOrNull, .sizeOrZero, .scalar],
      .integer
    )
  ) { _, old, oldSize, new, newSize, seed in
    let old = unsafe bytes(old, oldSize)
    let new = unsafe bytes(new, newSize)
    return UInt64(
      unsafe ChecksumDifference.difference(from: old, to: new, seed: UInt32(truncatingIfNeeded: seed))
    )
  }
}

private func bytes(_ address: UInt64, _ size: UInt64) -> UnsafeRawBufferPointer {
  let count = Int(UInt32(truncatingIfNeeded: size))
  guard count > 0, let start = unsafe UnsafeRawPointer(bitPattern: UInt(address)) else {
    return unsafe UnsafeRawBufferPointer(start: nil, count: 0)
  }
  return unsafe UnsafeRawBufferPointer(start: start, count: count)
}

/// Sums as the Internet's checksums are made of (RFC 1071), in the host's byte order as the kernel keeps them.
enum ChecksumDifference {
  /// The sum of 32-bit words on top of another; a last word that is cut off counts as filled up with zeros.
  static func sum(_ bytes: UnsafeRawBufferPointer, onto seed: UInt32) -> UInt32 {
    var total = UInt64(seed)
    var offset = 0
    while offset + 4 <= bytes.count {
      total &+= UInt64(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self).littleEndian)
      offset += 4
    }
    var rest: UInt64 = 0
    while offset < bytes.count {
      rest |= UInt64(unsafe bytes[offset]) << UInt64((offset & 3) * 8)
      offset += 1
    }
    total &+= rest
    while total >> 32 != 0 { total = total & 0xffff_ffff + total >> 32 }
    return UInt32(truncatingIfNeeded: total)
  }

  /// What takes `old` out of a checksum and puts `new` in, folded to 16 bits.
  static func difference(
    from old: UnsafeRawBufferPointer,
    to new: UnsafeRawBufferPointer,
    seed: UInt32
  ) -> UInt16 {
    let sum: UInt32
    if unsafe !old.isEmpty && !new.isEmpty {
      let added = unsafe ChecksumDifference.sum(new, onto: seed)
      let (partial, carry) = unsafe added.addingReportingOverflow(~ChecksumDifference.sum(old, onto: 0))
      sum = partial &+ (carry ? 1 : 0)
    } else if unsafe !new.isEmpty {
      sum = unsafe ChecksumDifference.sum(new, onto: seed)
    } else if unsafe !old.isEmpty {
      sum = unsafe ~ChecksumDifference.sum(old, onto: ~seed)
    } else {
      sum = seed
    }
    return fold(sum)
  }

  private static func fold(_ sum: UInt32) -> UInt16 {
    let once = sum & 0xffff + sum >> 16
    return UInt16(truncatingIfNeeded: once & 0xffff + once >> 16)
  }
}
