import BPF
import BTF

extension ObjectFile {
  /// Gives the last variable of a data section, an array, another number of elements.
  ///
  /// The section's map, the variable and their types get the new size; elements that are added are zero.
  mutating func resizeSection(_ index: Int, to count: Int) throws(ObjectError) {
    func refusal(_ reason: String) -> ObjectError {
      ObjectError(.capacity(count, reason), file: name, symbol: maps[index].name)
    }
    guard case .section(let kind, let contents) = maps[index].initialContents, kind != .kconfig,
      let last = globals.indices.filter({ globals[$0].map == index }).max(by: {
        globals[$0].offset < globals[$1].offset
      })
    else { throw refusal("it holds no variables of the program's own") }
    guard let btf, case .array(let element, let indexType, _) = btf[btf.resolved(globals[last].type)],
      let elementByteCount = btf.byteCount(of: element), elementByteCount > 0
    else { throw refusal("the last variable of the section, '\(globals[last].name)', is no array") }
    let limit = (Int(UInt32.max) - globals[last].offset) / elementByteCount
    guard count > 0, count <= limit else {
      throw refusal("'\(globals[last].name)' has from 1 to \(limit) elements")
    }

    let byteCount = count * elementByteCount, end = globals[last].offset + byteCount
    var types = btf.types
    let array = btf.copyingQualifiers(
      of: globals[last].type,
      around: .array(of: element, index: indexType, count: count),
      into: &types
    )
    let section = maps[index].valueType
    if case .dataSection(let name, _, var variables) = btf[section], let place = variables.last,
      case .variable(let variable, _, let linkage) = btf[place.type]
    {
      types[Int(place.type)] = .variable(name: variable, type: array, linkage: linkage)
      variables[variables.count - 1].byteCount = byteCount
      types[Int(section)] = .dataSection(name: name, byteCount: end, variables: variables)
    }
    self.btf = BTF(types: types)
    globals[last].type = array
    globals[last].byteCount = byteCount
    maps[index].valueSize = end
    maps[index].initialContents = .section(kind, Array(contents.prefix(end)))
  }
}

extension BTF {
  /// Adds a type, and on top of it the qualifiers of another one; the number of the outermost.
  fileprivate func copyingQualifiers(
    of id: TypeID,
    around type: BTFType,
    into types: inout [BTFType]
  ) -> TypeID {
    func add(_ type: BTFType) -> TypeID {
      types.append(type)
      return TypeID(types.count - 1)
    }
    switch self[id] {
    case .const(let target): return add(.const(copyingQualifiers(of: target, around: type, into: &types)))
    case .volatile(let target):
      return add(.volatile(copyingQualifiers(of: target, around: type, into: &types)))
    case .typedef(_, let target), .restrict(let target), .typeTag(_, let target, _):
      return copyingQualifiers(of: target, around: type, into: &types)
    default: return add(type)
    }
  }
}
