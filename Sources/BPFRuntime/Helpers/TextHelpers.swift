import BPF

/// `bpf_strtol`, `bpf_strtoul`, `bpf_strncmp`.
///
/// The invariant of every thunk: pointers are good for what the prototype says.
enum TextHelpers {
  static let all: [Helper] = [signed, unsigned, compare]

  static let signed = unsafe Helper(
    HelperPrototype(105, "bpf_strtol", [.readableMemory, .size, .scalar, .writableFixed(8)], .integer)
  ) { _, text, size, flags, result, _ in
    parse(text, size, flags, result) { number in
      let value = number.isNegative ? 0 &- number.magnitude : number.magnitude
      let isNegative = Int64(bitPattern: value) < 0
      // Minus zero is a number, a sign that changed is not.
      if value != 0, isNegative != number.isNegative { return nil }
      return .success(value)
    }
  }

  static let unsigned = unsafe Helper(
    HelperPrototype(106, "bpf_strtoul", [.readableMemory, .size, .scalar, .writableFixed(8)], .integer)
  ) { _, text, size, flags, result, _ in
    parse(text, size, flags, result) { number in
      number.isNegative ? .failure(.invalid) : .success(number.magnitude)
    }
  }

  static let compare = unsafe Helper(
    HelperPrototype(182, "bpf_strncmp", [.readableMemory, .size, .string], .integer)
  ) { _, left, size, right, _, _ in
    let left = unsafe pointer(left), right = unsafe pointer(right)
    for offset in 0..<Int(UInt32(truncatingIfNeeded: size)) {
      let a = unsafe left.load(fromByteOffset: offset, as: UInt8.self)
      let b = unsafe right.load(fromByteOffset: offset, as: UInt8.self)
      if a != b { return a < b ? .max : 1 }
      if a == 0 { break }
    }
    return 0
  }

  /// Reads a number and stores what becomes of it; the number of bytes read, or an error and nothing stored but 0.
  private static func parse(
    _ text: UInt64,
    _ size: UInt64,
    _ flags: UInt64,
    _ result: UInt64,
    _ value: (ParsedInteger) -> Result<UInt64, LinuxErrno>?
  ) -> UInt64 {
    let count = Int(UInt32(truncatingIfNeeded: size))
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: pointer(text), count: count))
    let target = unsafe UnsafeMutableRawPointer(mutating: pointer(result))
    unsafe target.storeBytes(of: 0, as: UInt64.self)
    switch ParsedInteger.parse(bytes, flags: flags) {
    case .failure(let error): return error.negated
    case .success(let number):
      switch value(number) {
      case nil: return LinuxErrno.outOfRange.negated
      case .failure(let error): return error.negated
      case .success(let value):
        unsafe target.storeBytes(of: value, as: UInt64.self)
        return UInt64(number.byteCount)
      }
    }
  }
}
