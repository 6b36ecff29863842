import BPF
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

/// All `.kconfig` variables of an object, in the places that they have in their map.
struct KconfigTable: Sendable {
  /// The most bytes that the variables of one object can have together.
  private static let limit = 1 << 20

  private(set) var variables: [KconfigVariable] = []
  private(set) var byteCount = 0
  /// The map's data section in the object's BTF.
  let type: BTF.TypeID

  /// Places the variables: those with larger alignment, then smaller ones and names first.
  init(_ unplaced: [KconfigVariable], type: BTF.TypeID, _ elf: ELFFile) throws(ObjectError) {
    self.type = type
    variables = unplaced.sorted {
      (-$0.form.alignment, $0.form.byteCount, $0.name) < (-$1.form.alignment, $1.form.byteCount, $1.name)
    }
    for index in variables.indices {
      let form = variables[index].form
      byteCount = (byteCount + form.alignment - 1) / form.alignment * form.alignment
      variables[index].offset = byteCount
      guard form.byteCount <= Self.limit - byteCount else {
        let fault = ObjectError.Fault.kconfigValue("more than \(Self.limit) bytes of .kconfig variables")
        throw elf.error(fault, symbol: variables[index].name)
      }
      byteCount += form.byteCount
    }
  }

  /// The map, with zeros until the configuration is known.
  var definition: MapDefinition {
    let zeros = [UInt8](repeating: 0, count: byteCount)
    return MapTable.dataMap(".kconfig", .kconfig, byteCount: byteCount, type: type, contents: zeros)
  }

  /// The bytes of the map for a configuration.
  func contents(_ configuration: [String: KconfigValue], file: String) throws(ObjectError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: byteCount)
    for variable in variables {
      guard let value = configuration[variable.name] else {
        guard variable.isWeak else {
          throw ObjectError(.missingKconfig, file: file, section: ".kconfig", symbol: variable.name)
        }
        continue
      }
      guard let encoded = variable.form.encode(value) else {
        let fault = ObjectError.Fault.kconfigValue("\(value) doesn't fit a variable of form \(variable.form)")
        throw ObjectError(fault, file: file, section: ".kconfig", symbol: variable.name)
      }
      bytes.replaceSubrange(variable.offset..<(variable.offset + encoded.count), with: encoded)
    }
    return bytes
  }
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
