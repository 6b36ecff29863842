import BPF
import BPFMaps
import BPFRuntime
import Testing

@Suite struct `Maps that programs may not use freely` {
  private let lookup =
    "*(u32 *)(r10 -4) = 1\nr2 = r10\nr2 += -4\nr1 = map[idx:0]\ncall bpf_map_lookup_elem#1\n"
  private let update =
    "*(u32 *)(r10 -4) = 1\n*(u64 *)(r10 -16) = 7\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\nr1 = map[idx:0]\n"
    + "call bpf_map_update_elem#2\nexit"
  private let delete =
    "*(u32 *)(r10 -4) = 1\nr2 = r10\nr2 += -4\nr1 = map[idx:0]\ncall bpf_map_delete_elem#3\nexit"

  private func map(_ type: MapType, _ flags: MapFlags) throws -> UserMap {
    let map = try makeMap(type, flags: flags)
    try map.update([1, 0, 0, 0], to: [5, 0, 0, 0, 0, 0, 0, 0])
    return map
  }

  @Test(arguments: Mode.allCases, [MapType.hash, .array])
  func `a map that is read-only for programs is read`(mode: Mode, type: MapType) throws {
    let map = try map(type, .readOnlyForPrograms)
    let text = lookup + "if r0 == 0 goto out\nr0 = *(u64 *)(r0 +0)\nout: exit"
    #expect(try mode.run(text, maps: [map]).value == 5)
  }

  @Test(arguments: Mode.allCases, [MapType.hash, .array])
  func `an update or removal of a map that is read-only for programs is a trap and changes nothing`(
    mode: Mode,
    type: MapType
  ) throws {
    let map = try map(type, .readOnlyForPrograms)
    for text in [update, delete] {
      let trap = try mode.run(text, maps: [map]).trap
      #expect(trap?.kind == .badArgument)
      #expect(trap?.message.contains("is a map that programs may not use so") == true)
    }
    #expect(try map.lookup([1, 0, 0, 0]) == [5, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(
    arguments: Mode.allCases,
    ["*(u64 *)(r0 +0) = 9", "*(u8 *)(r0 +7) = 9", "r1 = 1\nlock *(u64 *)(r0 +0) += r1"]
  )
  func `a store into a value of a map that is read-only for programs is a trap and changes nothing`(
    mode: Mode,
    store: String
  ) throws {
    let map = try map(.hash, .readOnlyForPrograms)
    let trap = try mode.run(lookup + "if r0 == 0 goto out\n\(store)\nout: r0 = 0\nexit", maps: [map]).trap
    #expect(trap?.kind == .notAllowed)
    #expect(try map.lookup([1, 0, 0, 0]) == [5, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: Mode.allCases)
  func `a value that is write-only for programs can be found and written, not read`(mode: Mode) throws {
    let map = try map(.hash, .writeOnlyForPrograms)
    func run(_ access: String) throws -> RunOutcome {
      try mode.run(lookup + "if r0 == 0 goto out\n\(access)\nout: r0 = 0\nexit", maps: [map])
    }
    #expect(try run("r1 = *(u64 *)(r0 +0)").trap?.kind == .notAllowed)
    #expect(try run("*(u64 *)(r0 +0) = 9").value == 0)
    #expect(try map.lookup([1, 0, 0, 0]) == [9, 0, 0, 0, 0, 0, 0, 0])
    #expect(try mode.run(update, maps: [map]).value == 0)
    #expect(try map.lookup([1, 0, 0, 0]) == [7, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: Mode.allCases)
  func `a key of 65,535 bytes is checked to its end, a longer one cannot be bound`(mode: Mode) throws {
    let text = "r2 = r10\nr2 += -512\nr1 = map[idx:0]\ncall bpf_map_lookup_elem#1\nexit"
    let widest = try makeMap(.hash, key: 65_535), wider = try makeMap(.hash, key: 65_536)
    let trap = try mode.run(text, maps: [widest]).trap
    #expect(trap?.kind == .outOfBounds)
    #expect(trap?.message.contains("65535 bytes") == true)
    let error = #expect(throws: BindingError.self) { try mode.run(text, maps: [wider]) }
    #expect(error?.reason.contains("65536 bytes") == true)
  }
}
