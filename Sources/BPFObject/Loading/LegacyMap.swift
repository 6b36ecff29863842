import BPF
import BTF

/// One struct of a section `maps`, told apart by its length.
///
///     bytes  loader                 words after type, key size, value size, capacity
///     16     the first              –
///     20     libbpf                 flags
///     24     early samples          flags, inner map's position
///     28     kernel samples         flags, inner map's position, NUMA node
///     36     iproute2               flags, id, pinning, inner map's id, position in the outer map
///     40     goebpf                 flags, (padding), pointers to inner map and path
///     280    gobpf                  flags, pinning, path
struct LegacyMap {
  /// Type, key size, value size and capacity.
  static let minimumByteCount = 16
  /// The length of goebpf's struct.
  static let pointerLayoutByteCount = 40
  /// Where goebpf's struct has its pointer to the inner map.
  static let innerPointerOffset = 24
  /// Where goebpf's struct has its pointer to a path.
  static let pathPointerOffset = 32

  let name: String
  let place: SectionPlace
  let byteCount: Int
  private let words: [UInt32]
  /// Whether something follows the words that the layout explains.
  let hasUnknownContents: Bool

  /// Reads a struct from exactly its bytes, at least `minimumByteCount`.
  init(named name: String, at place: SectionPlace, parsing data: RawSpan) {
    self.name = name
    self.place = place
    byteCount = data.byteCount
    words = (0..<min(data.byteCount / 4, 9)).map { data.littleEndian(at: $0 * 4) ?? 0 }
    let known = Self.knownByteCount(of: data.byteCount)
    hasUnknownContents = (known..<max(known, data.byteCount)).contains {
      data.littleEndian(at: $0, as: UInt8.self) != 0
    }
  }

  private static func knownByteCount(of byteCount: Int) -> Int {
    switch byteCount {
    case 16, 20, 24, 28, 36, 40: byteCount
    case 280: 24
    default: min(byteCount, 20)
    }
  }

  /// How many bytes the layout explains.
  var knownByteCount: Int { Self.knownByteCount(of: byteCount) }

  private func word(_ index: Int) -> UInt32 { words.indices.contains(index) ? words[index] : 0 }

  /// `enum bpf_map_type`, as it stands there.
  var typeNumber: UInt32 { word(0) }
  /// The map's number for iproute2; 0 for none.
  var id: UInt32 { byteCount == 36 ? word(5) : 0 }
  /// The id of the inner maps, for iproute2; 0 for none.
  var innerID: UInt32 { byteCount == 36 ? word(7) : 0 }
  /// Where iproute2 puts an inner map in the outer one.
  var innerSlot: Int? {
    byteCount == 36 ? Int(exactly: Int32(bitPattern: word(8))).flatMap { $0 < 0 ? nil : $0 } : nil
  }
  /// The position of the inner map among the maps, in the kernel's samples.
  var innerPosition: Int? { byteCount == 24 || byteCount == 28 ? Int(word(5)) : nil }

  /// What the words say; nil for an unknown type.
  var definition: MapDefinition? {
    guard let type = MapType(rawValue: typeNumber), type != .unspecified else { return nil }
    let pinning =
      switch byteCount {
      case 36: word(6)
      case 280: word(5)
      default: UInt32(0)
      }
    return MapDefinition(
      name: name,
      type: type,
      keySize: Int(word(1)),
      valueSize: Int(word(2)),
      maxEntries: Int(word(3)),
      flags: MapFlags(rawValue: word(4)),
      numaNode: byteCount == 28 ? word(6) : 0,
      isPinnedByName: pinning != 0
    )
  }
}
