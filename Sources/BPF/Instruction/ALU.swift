/// A binary arithmetic operation, `destination op= operand` (RFC 9669, section 4.1).
///
/// Division by zero gives 0 and modulo by zero leaves the destination; shifts use the low 5 or 6 bits.
public enum ALU: UInt8, Hashable, Sendable, CaseIterable {
  case add, sub, mul, div, sdiv, or, and, lsh, rsh, mod, smod, xor, mov, arsh
}

/// A condition of a branch (RFC 9669, section 4.3).
///
/// `set` is `destination & operand != 0` (`BPF_JSET`).
public enum Comparison: UInt8, Hashable, Sendable, CaseIterable {
  case eq, gt, ge, set, ne, sgt, sge, lt, le, slt, sle
}

/// A byte-order conversion (RFC 9669, section 4.2).
public enum ByteSwap: UInt8, Hashable, Sendable, CaseIterable {
  /// `le16`, `le32`, `le64`: host to little endian and back.
  case toLittleEndian
  /// `be16`, `be32`, `be64`: host to big endian and back.
  case toBigEndian
  /// `bswap16`, `bswap32`, `bswap64`: always swaps.
  case always
}

/// An atomic read-modify-write on memory (RFC 9669, section 5.3).
public enum AtomicOperation: Hashable, Sendable {
  /// Changes the memory; with `fetch` the source register gets the old value.
  case add(fetch: Bool), or(fetch: Bool), and(fetch: Bool), xor(fetch: Bool)
  /// Stores the source and gives back the old value in it.
  case exchange
  /// Compares with `r0`, stores the source if equal, and gives back the old value in `r0`.
  case compareExchange
}
