// The words that the assembler reads and the disassembler writes: those of the kernel's verifier log.

extension Register: CustomStringConvertible {
  /// `r0` to `r10`.
  public var description: String { "r\(rawValue)" }

  /// `r3` for all 64 bits, `w3` for the low 32.
  func name(_ width: Width) -> String { (width == .word ? "w" : "r") + "\(rawValue)" }
}

extension Size {
  /// `u8` to `u64`.
  var unsignedName: String { "u\(bitCount)" }
  /// `s8` to `s64`.
  var signedName: String { "s\(bitCount)" }
}

extension ALU {
  /// The assignment operator, such as `s>>=`.
  var symbol: String {
    switch self {
    case .add: "+="
    case .sub: "-="
    case .mul: "*="
    case .div: "/="
    case .sdiv: "s/="
    case .or: "|="
    case .and: "&="
    case .lsh: "<<="
    case .rsh: ">>="
    case .mod: "%="
    case .smod: "s%="
    case .xor: "^="
    case .mov: "="
    case .arsh: "s>>="
    }
  }

  init?(symbol: String) {
    guard let match = Self.allCases.first(where: { $0.symbol == symbol }) else { return nil }
    self = match
  }
}

extension Comparison {
  /// The operator, such as `s>`; `&` for `set`.
  public var symbol: String {
    switch self {
    case .eq: "=="
    case .gt: ">"
    case .ge: ">="
    case .set: "&"
    case .ne: "!="
    case .sgt: "s>"
    case .sge: "s>="
    case .lt: "<"
    case .le: "<="
    case .slt: "s<"
    case .sle: "s<="
    }
  }

  init?(symbol: String) {
    guard let match = Self.allCases.first(where: { $0.symbol == symbol }) else { return nil }
    self = match
  }
}

extension ByteSwap {
  /// `le`, `be` or `bswap`, which the number of bits follows.
  var name: String {
    switch self {
    case .toLittleEndian: "le"
    case .toBigEndian: "be"
    case .always: "bswap"
    }
  }
}

extension AtomicOperation {
  /// Every operation, with and without fetching.
  static let all: [AtomicOperation] =
    [true, false].flatMap { [.add(fetch: $0), .or(fetch: $0), .and(fetch: $0), .xor(fetch: $0)] }
    + [.exchange, .compareExchange]

  /// The assignment operator of an operation that doesn't fetch; nil for one that does.
  var symbol: String? {
    switch self {
    case .add(false): "+="
    case .or(false): "|="
    case .and(false): "&="
    case .xor(false): "^="
    default: nil
    }
  }

  /// The function's name after `atomic_` for an operation that fetches; nil for one that doesn't.
  var functionName: String? {
    switch self {
    case .add(true): "fetch_add"
    case .or(true): "fetch_or"
    case .and(true): "fetch_and"
    case .xor(true): "fetch_xor"
    case .exchange: "xchg"
    case .compareExchange: "cmpxchg"
    default: nil
    }
  }
}
