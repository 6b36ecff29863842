extension Scalar: CustomStringConvertible {
  /// The kernel's syntax: a plain number, or `scalar(smin=-4,smax=…,var_off=(0x0; 0xff))` without what is not narrowed.
  ///
  /// Lower ends that are equal are written together, `smin=umin=4`, and so are upper ones.
  public var description: String {
    if let constant { return Self.text(Int64(bitPattern: constant)) }
    var parts: [String] = []
    let ends = ends
    var isWritten = ends.map { !$0.isNarrowed }
    for (index, end) in ends.enumerated() where !isWritten[index] {
      var names = end.name + "="
      for later in stride(from: index + 2, to: ends.count, by: 2) where !isWritten[later] {
        guard ends[later].number == end.number, ends[later].isNegative == end.isNegative else { continue }
        isWritten[later] = true
        names += ends[later].name + "="
      }
      let isSigned = end.name.hasPrefix("s")
      parts.append(names + (isSigned ? Self.text(Int64(bitPattern: end.number)) : Self.text(end.number)))
    }
    if bits != .unknown { parts.append("var_off=\(bits)") }
    return "scalar(\(parts.joined(separator: ",")))"
  }

  /// One end of a range as it is written.
  private struct End {
    var name: String
    var number: UInt64
    var isNarrowed: Bool
    var isNegative = false
  }

  /// Lower and upper ends by turns.
  private var ends: [End] {
    [
      End(
        name: "smin",
        number: UInt64(bitPattern: minS64),
        isNarrowed: minS64 != .min,
        isNegative: minS64 < 0
      ),
      End(
        name: "smax",
        number: UInt64(bitPattern: maxS64),
        isNarrowed: maxS64 != .max,
        isNegative: maxS64 < 0
      ),
      End(name: "umin", number: minU64, isNarrowed: minU64 != .min),
      End(name: "umax", number: maxU64, isNarrowed: maxU64 != .max),
      Self.end("smin32", minS32, isNarrowed: minS32 != .min),
      Self.end("smax32", maxS32, isNarrowed: maxS32 != .max),
      End(name: "umin32", number: UInt64(minU32), isNarrowed: minU32 != .min),
      End(name: "umax32", number: UInt64(maxU32), isNarrowed: maxU32 != .max),
    ]
  }

  /// A 32-bit end is negative only if it is small enough to be written in decimal digits; else it is 32 bits in hex.
  private static func end(_ name: String, _ value: Int32, isNarrowed: Bool) -> End {
    let isShort = Int16(exactly: value) != nil
    let number = isShort ? UInt64(bitPattern: Int64(value)) : UInt64(UInt32(bitPattern: value))
    return End(name: name, number: number, isNarrowed: isNarrowed, isNegative: isShort && value < 0)
  }

  /// Numbers that fit 16 bits are decimal, others hex.
  private static func text(_ number: UInt64) -> String {
    UInt16(exactly: number) != nil ? String(number) : "0x" + String(number, radix: 16)
  }

  /// Numbers that fit 16 bits with their sign are decimal, others hex.
  private static func text(_ number: Int64) -> String {
    Int16(exactly: number) != nil ? String(number) : "0x" + String(UInt64(bitPattern: number), radix: 16)
  }
}

extension KnownBits: CustomStringConvertible {
  /// The kernel's syntax, `(0x4; 0xf0)`: the bits that are 1 and those that are unknown.
  public var description: String {
    "(0x\(String(value, radix: 16)); 0x\(String(unknown, radix: 16)))"
  }
}
