public import BPF

/// What a map of maps asks of the maps in it: to be like the one that it was made with.
struct InnerMaps {
  /// The one that it was made with, as maps keep their definitions.
  let template: MapDefinition
  private let cpuCount: Int
  private let memory: MemoryLimit

  init(_ definition: MapDefinition, _ cpuCount: Int, _ memory: MemoryLimit) throws(MapError) {
    self.cpuCount = cpuCount
    self.memory = memory
    guard let template = definition.inner.first else {
      throw MapError(
        map: definition.name,
        operation: "create",
        code: .invalid,
        detail: "it does not say what its inner maps look like"
      )
    }
    self.template = template
  }

  /// The living map of an id that may be put in, `EBADF` for none and `EINVAL` for one that is unlike the template.
  func resolve(_ id: UInt32) -> Result<any AnyObject & Sendable, LinuxErrno> {
    guard let map = LivingMaps.map(id) else { return .failure(.badDescriptor) }
    return accepts(map.definition) ? .success(map) : .failure(.invalid)
  }

  /// A new map that is like the template.
  func make() throws(MapError) -> UserMap {
    try UserMap.make(template, cpuCount: cpuCount, memory: memory)
  }

  /// Whether a map is like the template: type, sizes, flags but those about user space, and the places of locks and timers.
  ///
  /// Arrays and xskmaps must have as many entries, too, unless an array has `BPF_F_INNER_MAP`.
  func accepts(_ map: MapDefinition) -> Bool {
    guard map.type == template.type, map.keySize == template.keySize, map.valueSize == template.valueSize,
      Self.permanent(map) == Self.permanent(template), map.fields == template.fields
    else { return false }
    switch map.type {
    case .array, .xskmap:
      return template.flags.contains(.innerMap) || map.maxEntries == template.maxEntries
    default: return true
    }
  }

  private static func permanent(_ definition: MapDefinition) -> MapFlags {
    definition.flags.subtracting([.readOnly, .writeOnly]).union(definition.type.impliedFlags)
  }

  /// What is wrong with an id.
  static func explanation(of code: LinuxErrno) -> String? {
    switch code {
    case .badDescriptor: "the value is not the id of a map"
    case .invalid: "unknown flags, or a map unlike the one that this map of maps was made with"
    default: nil
    }
  }
}

/// A map of maps.
protocol MapHolder: UserMap {
  var inner: InnerMaps { get }
}

extension UserMap {
  /// A new, empty map that this map of maps takes; `EINVAL` for another kind of map.
  public final func makeInnerMap() throws(MapError) -> any BPFMap {
    try holder("make inner map").inner.make()
  }

  /// The map under a key of a map of maps, nil where there is none; `EINVAL` for another kind of map.
  public final func innerMap(for key: [UInt8]) throws(MapError) -> (any BPFMap)? {
    _ = try holder("inner map")
    return try lookup(key).flatMap { id in
      LivingMaps.map(id.reversed().reduce(0) { $0 << 8 | UInt32($1) })
    }
  }

  private func holder(_ operation: String) throws(MapError) -> any MapHolder {
    guard let holder = self as? any MapHolder else {
      throw refused(operation, .invalid, "it is a \(definition.type.name), not a map of maps")
    }
    return holder
  }
}

extension MapType {
  /// What a map of this type has, whether or not its definition asks for it.
  var impliedFlags: MapFlags { self == .devmap || self == .devmapHash ? .readOnlyForPrograms : [] }
}
