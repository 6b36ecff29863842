public import BTF

extension MapDefinition {
  /// The engine's fields in the values of this map, in order of offset.
  ///
  /// The kernel looks for them in a value's struct or a data section, and in structs within; a typedef hides a field. Where
  /// a kind comes twice in one struct, or in an array, or does not go with this map, it has the map without any types, so
  /// that there are no fields.
  public func kernelFields(in types: BTF) -> [KernelField] {
    guard valueType != 0, types.byteCount(of: valueType) == valueSize, hasKnownKey(in: types),
      let fields = types.fields(in: valueType),
      fields.allSatisfy({ $0.kind.isTaken(into: type) }),
      !fields.contains(where: { $0.kind == .spinLock })
        || !fields.contains(where: { $0.kind == .resilientLock })
    else { return [] }
    return fields.sorted { $0.offset < $1.offset }
  }

  /// Whether the kernel takes the key's type: that of an array is a word, and a data section has none.
  private func hasKnownKey(in types: BTF) -> Bool {
    if keyType == 0 {
      guard case .dataSection = types[valueType] else { return false }
      return type == .array && maxEntries == 1
    }
    guard type == .array || type == .perCPUArray else { return types.byteCount(of: keyType) == keySize }
    guard case .integer(_, 4, 0, 32, _) = types[types.resolved(keyType)] else { return false }
    return keySize == 4
  }
}

extension BTF {
  /// The fields in values of a type; nil where the kernel would refuse the type.
  fileprivate func fields(in type: TypeID) -> [KernelField]? {
    let places: [(type: TypeID, offset: Int)]
    switch self[type] {
    case .structure(let composite): places = composite.members.map { ($0.type, $0.bitOffset / 8) }
    case .dataSection(_, _, let variables):
      places = variables.compactMap { place in
        if case .variable(_, let type, _) = self[place.type] { (type, place.offset) } else { nil }
      }
    default: return []
    }
    var fields: [KernelField] = [], kinds: Set<KernelField.Kind> = []
    for place in places {
      let (element, count) = flattened(place.type)
      guard count > 0, case .structure(let composite) = self[element] else { continue }
      guard let kind = KernelField.Kind.allCases.first(where: { $0.typeName == composite.name }) else {
        guard let inner = self.fields(in: element), inner.isEmpty || count == 1 else { return nil }
        fields += inner.map { KernelField($0.kind, at: place.offset + $0.offset) }
        continue
      }
      guard kinds.insert(kind).inserted else { return nil }
      guard place.offset % 4 == 0 else { return nil }
      if composite.byteCount != kind.byteCount || place.offset % kind.alignment != 0 { continue }
      guard count == 1 else { return nil }
      fields.append(KernelField(kind, at: place.offset))
    }
    return fields
  }

  /// What an array, or an array of arrays, has how many of.
  private func flattened(_ type: TypeID) -> (element: TypeID, count: Int) {
    var element = type, count = 1
    while case .array(let inner, _, let number) = self[element] {
      element = inner
      count = count.multipliedReportingOverflow(by: number).overflow ? 0 : count * number
    }
    return (element, count)
  }
}
