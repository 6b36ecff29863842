import LinuxKernel

/// Maps in the kernel, as `xdp map list` and `show` print them.
struct MapList {
  private let maps: [MapInfo]

  /// A list of these.
  init(_ maps: [MapInfo]) { self.maps = maps }

  /// Prints the list.
  func show(asJSON: Bool) throws(CommandError) {
    var console = Console()
    if asJSON {
      try console.print(document)
    } else {
      for line in lines { try console.print(line) }
    }
    try console.flush()
  }

  /// For a person: a table.
  private var lines: [String] {
    let head = ["id", "name", "type", "key", "value", "entries", "types"]
    let rows = maps.map { map in
      [
        String(map.id), map.name, map.type.name, String(map.keySize), String(map.valueSize),
        String(map.maxEntries), map.typesID == 0 ? "none" : String(map.typesID),
      ]
    }
    return TextTable.lines([head] + rows, rightAligned: [0, 3, 4, 5])
  }

  /// The document of `--json`.
  private var document: JSONValue {
    [
      "maps": .array(
        maps.map { map in
          [
            "id": .number(Int(map.id)), "name": .string(map.name), "type": .string(map.type.name),
            "keySize": .number(map.keySize), "valueSize": .number(map.valueSize),
            "maxEntries": .number(map.maxEntries), "flags": .number(Int(map.flags.rawValue)),
            "types": map.typesID == 0 ? .null : .number(Int(map.typesID)),
          ]
        }
      )
    ]
  }
}
