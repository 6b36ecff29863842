import BPF

/// Helpers on maps.
enum MapHelpers {
  /// Maps that hold plain values.
  private static let values: Set<MapType> = [
    .hash, .array, .perCPUHash, .perCPUArray, .lruHash, .lruPerCPUHash, .lpmTrie,
  ]
  /// Maps of sockets: a value is a socket, and a look-up gives one that must be given back.
  private static let sockets: Set<MapType> = [.sockmap, .sockhash]

  static let all: [CallPrototype] = [
    CallPrototype(
      1,
      "bpf_map_lookup_elem",
      [.map, .mapKey],
      .mapValueOrNull,
      .packetAccess,
      mapTypes: values.union(sockets).union([
        .arrayOfMaps, .hashOfMaps, .devmap, .devmapHash, .xskmap,
      ])
    ),
    CallPrototype(
      2,
      "bpf_map_update_elem",
      [.map, .mapKey, .mapValue, .anything],
      .integer,
      .packetAccess,
      mapTypes: values.union(sockets)
    ),
    CallPrototype(
      3,
      "bpf_map_delete_elem",
      [.map, .mapKey],
      .integer,
      .packetAccess,
      mapTypes: values.union(sockets)
    ),
    CallPrototype(
      87,
      "bpf_map_push_elem",
      [.map, .mapValue, .anything],
      .integer,
      .packetAccess,
      mapTypes: [.queue, .stack, .bloomFilter]
    ),
    CallPrototype(88, "bpf_map_pop_elem", [.map, .mapValueOut], .integer, mapTypes: [.queue, .stack]),
    CallPrototype(
      89,
      "bpf_map_peek_elem",
      [.map, .mapValueOut],
      .integer,
      mapTypes: [.queue, .stack, .bloomFilter]
    ),
    CallPrototype(
      164,
      "bpf_for_each_map_elem",
      [.map, .callback(.mapElement), .stackOrNull, .anything],
      .integer,
      mapTypes: values.subtracting([.lpmTrie])
    ),
    CallPrototype(
      195,
      "bpf_map_lookup_percpu_elem",
      [.map, .mapKey, .anything],
      .mapValueOrNull,
      .packetAccess,
      mapTypes: [.perCPUHash, .perCPUArray, .lruPerCPUHash]
    ),
    CallPrototype(
      194,
      "bpf_kptr_xchg",
      [.field(.kernelPointer), .fieldObjectOrNull],
      .fieldObjectOrNull,
      .acquires,
      releases: 1
    ),
    CallPrototype(
      12,
      "bpf_tail_call",
      [.context, .map, .anything],
      .void,
      mapTypes: [.programArray]
    ),
  ]
}
