import BPF

/// What the verifier needs to know of a map.
struct MapShape {
  var name: String
  var definition: MapDefinition
  /// The shape of maps inside it, by index in `Transfer.maps`.
  var inner: Int32?
  /// Its bytes where they can never change: those of a frozen read-only section.
  var frozenBytes: [UInt8]?
  /// What of a value is not plain bytes.
  var fields: [SpecialField] = []

  var type: MapType { definition.type }
  var keySize: Int { definition.keySize }
  var valueSize: Int { definition.valueSize }

  /// The maps of a program, and behind them the shapes of those inside maps of maps.
  static func shapes(of definitions: [MapDefinition], _ objects: inout ObjectTypes) -> [MapShape] {
    var shapes = definitions.map { MapShape($0, &objects) }
    for index in definitions.indices {
      guard let inner = definitions[index].inner.first else { continue }
      shapes[index].inner = Int32(shapes.count)
      shapes.append(MapShape(inner, &objects))
    }
    return shapes
  }

  private init(_ definition: MapDefinition, _ objects: inout ObjectTypes) {
    name = definition.name
    self.definition = definition
    fields = definition.valueType == 0 ? [] : objects.fields(of: definition.valueType)
    for field in definition.fields where !fields.contains(where: { $0.offset == field.offset }) {
      fields.append(SpecialField(kind: field.kind == .timer ? .timer : .spinLock, offset: field.offset))
    }
    if case .section(let section, let bytes) = definition.initialContents,
      section == .readOnly || section == .kconfig,
      definition.flags.contains(.readOnlyForPrograms) || section == .readOnly
    {
      frozenBytes = bytes
    }
  }
}
