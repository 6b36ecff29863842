package import BPF

extension Comparison {
  /// Whether the condition holds of two 64-bit values (RFC 9669, section 4.3).
  @inline(__always) package func holds(_ a: UInt64, _ b: UInt64) -> Bool {
    switch self {
    case .eq: a == b
    case .gt: a > b
    case .ge: a >= b
    case .set: a & b != 0
    case .ne: a != b
    case .sgt: Int64(bitPattern: a) > Int64(bitPattern: b)
    case .sge: Int64(bitPattern: a) >= Int64(bitPattern: b)
    case .lt: a < b
    case .le: a <= b
    case .slt: Int64(bitPattern: a) < Int64(bitPattern: b)
    case .sle: Int64(bitPattern: a) <= Int64(bitPattern: b)
    }
  }

  /// Whether the condition holds of two 32-bit values.
  @inline(__always) package func holds(_ a: UInt32, _ b: UInt32) -> Bool {
    switch self {
    case .eq: a == b
    case .gt: a > b
    case .ge: a >= b
    case .set: a & b != 0
    case .ne: a != b
    case .sgt: Int32(bitPattern: a) > Int32(bitPattern: b)
    case .sge: Int32(bitPattern: a) >= Int32(bitPattern: b)
    case .lt: a < b
    case .le: a <= b
    case .slt: Int32(bitPattern: a) < Int32(bitPattern: b)
    case .sle: Int32(bitPattern: a) <= Int32(bitPattern: b)
    }
  }
}
