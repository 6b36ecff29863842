package import BPF

extension ALU {
  /// The 64-bit result of the operation, as RFC 9669 section 4.1 defines it.
  @inline(__always) package func evaluate(_ a: UInt64, _ b: UInt64) -> UInt64 {
    switch self {
    case .add: a &+ b
    case .sub: a &- b
    case .mul: a &* b
    case .div: b == 0 ? 0 : a / b
    case .sdiv: UInt64(bitPattern: signedQuotient(Int64(bitPattern: a), Int64(bitPattern: b)))
    case .or: a | b
    case .and: a & b
    case .lsh: a &<< b
    case .rsh: a &>> b
    case .mod: b == 0 ? a : a % b
    case .smod: UInt64(bitPattern: signedRemainder(Int64(bitPattern: a), Int64(bitPattern: b)))
    case .xor: a ^ b
    case .mov: b
    case .arsh: UInt64(bitPattern: Int64(bitPattern: a) &>> Int64(bitPattern: b))
    }
  }

  /// The 32-bit result of the operation; the upper half of the destination becomes zero.
  @inline(__always) package func evaluate(_ a: UInt32, _ b: UInt32) -> UInt32 {
    switch self {
    case .add: a &+ b
    case .sub: a &- b
    case .mul: a &* b
    case .div: b == 0 ? 0 : a / b
    case .sdiv: UInt32(bitPattern: signedQuotient(Int32(bitPattern: a), Int32(bitPattern: b)))
    case .or: a | b
    case .and: a & b
    case .lsh: a &<< b
    case .rsh: a &>> b
    case .mod: b == 0 ? a : a % b
    case .smod: UInt32(bitPattern: signedRemainder(Int32(bitPattern: a), Int32(bitPattern: b)))
    case .xor: a ^ b
    case .mov: b
    case .arsh: UInt32(bitPattern: Int32(bitPattern: a) &>> Int32(bitPattern: b))
    }
  }
}

/// Division truncates toward zero; by zero it gives 0, and the least number by −1 gives itself.
@inline(__always) private func signedQuotient<T: FixedWidthInteger & SignedInteger>(_ a: T, _ b: T) -> T {
  if b == 0 { return 0 }
  return b == -1 ? 0 &- a : a / b
}

/// The remainder has the dividend's sign; by zero it is the dividend, and by −1 it is 0.
@inline(__always) private func signedRemainder<T: FixedWidthInteger & SignedInteger>(_ a: T, _ b: T) -> T {
  if b == 0 { return a }
  return b == -1 ? 0 : a % b
}
