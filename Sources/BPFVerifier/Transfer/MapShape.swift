import BPF

/// What the verifier needs to know of a map.
struct MapShape {
  var name: String
  var definition: MapDefinition
  /// The shape of maps inside it, by index in `Transfer.maps`.
  var inner: Int32?
  /// Its bytes where they can never change: those of a frozen read-only section.
  var frozenBytes: [UInt8]?

  var type: MapType { definition.type }
  var keySize: Int { definition.keySize }
  var valueSize: Int { definition.valueSize }

  /// The maps of a program, and behind them the shapes of those inside maps of maps.
  static func shapes(of definitions: [MapDefinition]) -> [MapShape] {
    var shapes = definitions.map { MapShape($0) }
    for index in definitions.indices {
      guard let inner = definitions[index].inner.first else { continue }
      shapes[index].inner = Int32(shapes.count)
      shapes.append(MapShape(inner))
    }
    return shapes
  }

  private init(_ definition: MapDefinition) {
    name = definition.name
    self.definition = definition
    if case .section(let section, let bytes) = definition.initialContents,
      section == .readOnly || section == .kconfig,
      definition.flags.contains(.readOnlyForPrograms) || section == .readOnly
    {
      frozenBytes = bytes
    }
  }
}
