import BPF
import BTF

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
