import BPF
import BTF

/// One map declared by a struct type: `__uint`, `__type`, `__array` and `__ulong` members are its attributes.
struct DeclaredMap {
  /// Why a declaration is refused.
  struct Fault: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private(set) var definition: MapDefinition
  /// Where the pointers to initial values begin within the variable.
  private(set) var valuesOffset: Int?

  private let btf: BTF
  private var sawKey = false
  private var sawValue = false

  /// Reads the declaration of a map by the type of its variable.
  init(named name: String, type: BTF.TypeID, in btf: BTF) throws(Fault) {
    try self.init(named: name, type: type, in: btf, isInner: false)
  }

  private init(named name: String, type: BTF.TypeID, in btf: BTF, isInner: Bool) throws(Fault) {
    self.btf = btf
    definition = MapDefinition(name: name, type: .unspecified, keySize: 0, valueSize: 0, maxEntries: 0)
    guard case .structure(let composite) = btf[btf.resolved(type)] else {
      throw Fault("the variable is not a struct")
    }
    guard let kind = composite.members.first(where: { $0.name == "type" }) else {
      throw Fault("has no 'type'; add __uint(type, BPF_MAP_TYPE_…)")
    }
    definition.type = try mapType(kind)
    for (index, member) in composite.members.enumerated() where member.name != "type" {
      if member.name == "values" {
        guard index == composite.members.count - 1 else { throw Fault("'values' is not its last member") }
        try readValues(member, isInner: isInner)
      } else {
        try readAttribute(member)
      }
    }
  }

  private func mapType(_ member: BTFType.Member) throws(Fault) -> MapType {
    let number = try number(member)
    guard let type = MapType(rawValue: UInt32(clamping: number)), type != .unspecified else {
      throw Fault("there is no map type \(number)")
    }
    return type
  }

  private mutating func readAttribute(_ member: BTFType.Member) throws(Fault) {
    switch member.name {
    case "max_entries": definition.maxEntries = try word(member)
    case "map_flags": definition.flags = MapFlags(rawValue: UInt32(try word(member)))
    case "map_extra": definition.extra = try number(member)
    case "numa_node": definition.numaNode = UInt32(try word(member))
    case "key_size": try setKeySize(try word(member))
    case "value_size": try setValueSize(try word(member))
    case "key":
      definition.keyType = try pointee(member)
      try setKeySize(try byteCount(of: definition.keyType, member))
    case "value":
      definition.valueType = try pointee(member)
      try setValueSize(try byteCount(of: definition.valueType, member))
    case "pinning":
      let pinning = try word(member)
      guard pinning <= 1 else { throw Fault("'pinning' is \(pinning), known are 0 (none) and 1 (by name)") }
      definition.isPinnedByName = pinning == 1
    default: throw Fault("has an unknown attribute '\(member.name)'")
    }
  }

  private mutating func setKeySize(_ size: Int) throws(Fault) {
    guard !sawKey || definition.keySize == size else {
      throw Fault("has keys of \(definition.keySize) and of \(size) bytes")
    }
    sawKey = true
    definition.keySize = size
  }

  private mutating func setValueSize(_ size: Int) throws(Fault) {
    guard !sawValue || definition.valueSize == size else {
      throw Fault("has values of \(definition.valueSize) and of \(size) bytes")
    }
    sawValue = true
    definition.valueSize = size
  }

  /// Reads `__array(values, …)`: what a map of maps holds, or that a program array holds programs.
  private mutating func readValues(_ member: BTFType.Member, isInner: Bool) throws(Fault) {
    guard !isInner else { throw Fault("an inner map can't hold maps or programs") }
    guard case .array(let element, _, _) = btf[btf.resolved(member.type)],
      case .pointer(let target) = btf[btf.resolved(element)], member.bitOffset >= 0
    else { throw Fault("'values' is not an array of pointers") }
    switch definition.type {
    case .arrayOfMaps, .hashOfMaps:
      let name = definition.name + ".inner"
      definition.inner = [try Self(named: name, type: target, in: btf, isInner: true).definition]
    case .programArray:
      guard case .functionPrototype = btf[btf.resolved(target)] else {
        throw Fault("'values' are not pointers to functions")
      }
    default: throw Fault("'values' is only for maps of maps and program arrays")
    }
    try setValueSize(4)
    valuesOffset = member.bitOffset / 8
  }

  private func word(_ member: BTFType.Member) throws(Fault) -> Int {
    let value = try number(member)
    guard value <= UInt32.max else { throw Fault("'\(member.name)' is \(value), more than 32 bits") }
    return Int(value)
  }

  /// The number that `__uint` wrote as the length of an array, or `__ulong` as the value of an enumerator.
  private func number(_ member: BTFType.Member) throws(Fault) -> UInt64 {
    switch btf[btf.resolved(member.type)] {
    case .pointer(let target):
      if case .array(_, _, let count) = btf[btf.resolved(target)] { return UInt64(count) }
    case .enumeration(_, _, _, let values):
      if values.count == 1 { return UInt64(bitPattern: values[0].value) }
    default: break
    }
    throw Fault("'\(member.name)' is not a number in the form of __uint or __ulong")
  }

  private func pointee(_ member: BTFType.Member) throws(Fault) -> BTF.TypeID {
    guard case .pointer(let target) = btf[btf.resolved(member.type)] else {
      throw Fault("'\(member.name)' is not a type in the form of __type")
    }
    return target
  }

  private func byteCount(of type: BTF.TypeID, _ member: BTFType.Member) throws(Fault) -> Int {
    guard let count = btf.byteCount(of: type), count <= UInt32.max else {
      throw Fault("the type of '\(member.name)' has no size")
    }
    return count
  }
}
