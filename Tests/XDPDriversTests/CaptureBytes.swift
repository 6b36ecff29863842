import TestSupport
import Testing

/// Captures made by hand, byte by byte, in every form there is.
struct CaptureBytes {
  /// The forms a capture comes in.
  enum Form: CaseIterable, Sendable, CustomTestStringConvertible {
    case pcapMicroseconds, pcapNanoseconds, pcapngMicroseconds, pcapngNanoseconds

    var isNext: Bool { self == .pcapngMicroseconds || self == .pcapngNanoseconds }
    var hasNanoseconds: Bool { self == .pcapNanoseconds || self == .pcapngNanoseconds }
    var testDescription: String { (isNext ? "pcapng" : "pcap") + (hasNanoseconds ? ", ns" : ", µs") }
  }

  private(set) var bytes: [UInt8] = []
  let form: Form
  let isBigEndian: Bool

  /// A capture without packets.
  init(_ form: Form, bigEndian: Bool = false, linkType: UInt16 = 1, snapLength: UInt32 = 262_144) {
    self.form = form
    isBigEndian = bigEndian
    if form.isNext {
      block(0x0a0d_0d0a) { capture in
        capture.put(UInt32(0x1a2b_3c4d))
        capture.put(UInt16(1))
        capture.put(UInt16(0))
        capture.put(UInt64.max)
      }
      block(1) { capture in
        capture.put(linkType)
        capture.put(UInt16(0))
        capture.put(snapLength)
        if form.hasNanoseconds {
          capture.put(UInt16(9))
          capture.put(UInt16(1))
          capture.bytes += [9, 0, 0, 0]
          capture.put(UInt32(0))
        }
      }
    } else {
      put(UInt32(form.hasNanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4))
      put(UInt16(2))
      put(UInt16(4))
      put(UInt64(0))
      put(snapLength)
      put(UInt32(linkType))
    }
  }

  /// Adds a packet; `nanoseconds` are since 1970, cut to microseconds where the form has no more.
  mutating func add(_ packet: [UInt8], nanoseconds: UInt64 = 0, originalLength: Int? = nil) {
    let original = UInt32(originalLength ?? packet.count)
    if form.isNext {
      let ticks = form.hasNanoseconds ? nanoseconds : nanoseconds / 1000
      block(6) { capture in
        capture.put(UInt32(0))
        capture.put(UInt32(ticks >> 32))
        capture.put(UInt32(truncatingIfNeeded: ticks))
        capture.put(UInt32(packet.count))
        capture.put(original)
        capture.bytes += packet + [UInt8](repeating: 0, count: -packet.count & 3)
      }
    } else {
      put(UInt32(nanoseconds / 1_000_000_000))
      put(UInt32(nanoseconds % 1_000_000_000 / (form.hasNanoseconds ? 1 : 1000)))
      put(UInt32(packet.count))
      put(original)
      bytes += packet
    }
  }

  /// Cuts bytes off the end.
  mutating func removeLast(_ count: Int) { bytes.removeLast(count) }

  /// Writes a number over what stands at an offset.
  mutating func overwrite(at offset: Int, with number: UInt32) {
    bytes.replaceSubrange(offset..<(offset + 4), with: inOrder(number))
  }

  private mutating func block(_ type: UInt32, _ fill: (inout CaptureBytes) -> Void) {
    let start = bytes.count
    put(type)
    put(UInt32(0))
    fill(&self)
    let length = UInt32(bytes.count + 4 - start)
    put(length)
    overwrite(at: start + 4, with: length)
  }

  private mutating func put<Number: FixedWidthInteger>(_ number: Number) { bytes += inOrder(number) }

  /// A number's bytes in the capture's order.
  private func inOrder<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    let littleEndian = (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    return isBigEndian ? littleEndian.reversed() : littleEndian
  }
}

/// A frame of so many bytes, no two of the same number alike.
func frame(_ number: Int, byteCount: Int = 60) -> [UInt8] {
  var generator = SplitMix(seed: UInt64(number))
  return generator.bytes(byteCount)
}
