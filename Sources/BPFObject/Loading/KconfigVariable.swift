import BTF

/// A variable that the loader fills from the kernel's configuration.
struct KconfigVariable: Sendable {
  /// How the variable holds its value.
  enum Form: Sendable, Equatable {
    case boolean, tristate, character
    case integer(byteCount: Int, isSigned: Bool)
    case string(byteCount: Int)

    /// Bytes in memory.
    var byteCount: Int {
      switch self {
      case .boolean, .character: 1
      case .tristate: 4
      case .integer(let byteCount, _), .string(let byteCount): byteCount
      }
    }

    /// Bytes that its offset is a multiple of.
    var alignment: Int { if case .string = self { 1 } else { byteCount } }
  }

  let name: String
  let form: Form
  let isWeak: Bool
  /// Within the map `.kconfig`.
  var offset = 0
}

extension KconfigVariable.Form {
  /// The form of a type; nil for one that no configuration value fits.
  init?(_ type: BTF.TypeID, in btf: BTF) {
    switch btf[btf.resolved(type)] {
    case .integer(_, 1, _, _, .boolean): self = .boolean
    case .integer("char", 1, _, _, _), .integer(_, 1, _, _, .character): self = .character
    case .integer(_, let byteCount, _, _, let encoding) where [1, 2, 4, 8].contains(byteCount):
      self = .integer(byteCount: byteCount, isSigned: encoding == .signed)
    case .enumeration("libbpf_tristate", 4, _, _): self = .tristate
    case .array(let element, _, let count) where count > 0:
      guard case .integer(_, 1, _, _, _) = btf[btf.resolved(element)] else { return nil }
      self = .string(byteCount: count)
    default: return nil
    }
  }

  /// A value's bytes in this form, as many as there are or fewer; nil if it doesn't fit.
  func encode(_ value: KconfigValue) -> [UInt8]? {
    switch (self, value) {
    case (.boolean, .yes): [1]
    case (.boolean, .no): [0]
    case (.tristate, .no): [0, 0, 0, 0]
    case (.tristate, .yes): [1, 0, 0, 0]
    case (.tristate, .module): [2, 0, 0, 0]
    case (.character, .yes): [UInt8(ascii: "y")]
    case (.character, .no): [UInt8(ascii: "n")]
    case (.character, .module): [UInt8(ascii: "m")]
    case (.integer(let byteCount, let isSigned), .integer(let bits)):
      Self.fits(bits, byteCount, isSigned)
        ? (0..<byteCount).map { UInt8(truncatingIfNeeded: bits >> ($0 * 8)) } : nil
    case (.string(let byteCount), .string(let text)):
      text.utf8.count < byteCount ? Array(text.utf8) : nil
    default: nil
    }
  }

  private static func fits(_ bits: UInt64, _ byteCount: Int, _ isSigned: Bool) -> Bool {
    guard byteCount < 8 else { return true }
    if isSigned {
      let half = Int64(1) << (byteCount * 8 - 1)
      return (-half..<half).contains(Int64(bitPattern: bits))
    }
    return bits >> (byteCount * 8) == 0
  }
}
