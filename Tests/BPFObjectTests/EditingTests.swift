import BPF
import BPFObject
import BTF
import TestSupport
import Testing

@Suite struct `Resizing maps and setting globals` {
  @Test func `a map gets its new capacity in every program`() throws {
    var object = try Fixture.object("objects/maps")
    try object.resize(map: "flows", to: 7)
    for program in try object.linked() {
      #expect(program.maps.first { $0.name == "flows" }?.maxEntries == 7)
      #expect(program.maps.first { $0.name == "neighbours" }?.maxEntries == 65536)
    }
  }

  @Test func `what can't be resized says why`() throws {
    var object = try Fixture.object("objects/globals")
    #expect(
      throws: ObjectError(
        .capacity(2, "the last variable of the section, 'small', is no array"),
        file: object.name,
        symbol: ".bss"
      )
    ) {
      try object.resize(map: ".bss", to: 2)
    }
    let names = object.maps.map(\.name)
    #expect(throws: ObjectError(.noSuchMap(available: names), file: object.name, symbol: "flows")) {
      try object.resize(map: "flows", to: 2)
    }
    var maps = try Fixture.object("objects/maps")
    #expect(throws: ObjectError.self) { try maps.resize(map: "flows", to: 0) }
    #expect(throws: ObjectError.self) { try maps.resize(map: "flows", to: 1 << 32) }
  }

  @Test(arguments: [
    (".rodata.table", "table", 8, 5), (".rodata.table", "table", 8, 1), (".rodata", "ports", 2, 100),
  ])
  func `a section's last variable, an array, gets another number of elements`(
    section: String,
    variable: String,
    elementSize: Int,
    count: Int
  ) throws {
    var object = try Fixture.object("objects/globals")
    let before = try #require(object.globals.first { $0.name == variable }), bytes = object.bytes(of: before)
    try object.resize(map: section, to: count)
    let after = try #require(object.globals.first { $0.name == variable })
    #expect(after.byteCount == count * elementSize && after.offset == before.offset)
    #expect(object.btf?.byteCount(of: after.type) == after.byteCount)
    let map = try #require(object.linked("count").maps.first { $0.name == section })
    #expect(map.valueSize == after.offset + after.byteCount)
    #expect(object.btf?.byteCount(of: map.valueType) == map.valueSize)
    let kept = min(bytes.count, after.byteCount)
    #expect(Array(object.bytes(of: after).prefix(kept)) == Array(bytes.prefix(kept)))
    #expect(object.bytes(of: after).dropFirst(kept).allSatisfy { $0 == 0 })
    try object.setGlobal(variable, to: [UInt8](repeating: 9, count: after.byteCount))
    #expect(object.bytes(of: after) == [UInt8](repeating: 9, count: after.byteCount))
  }

  @Test func `an array in a section has one element at least, and not more than a map can hold`() throws {
    var object = try Fixture.object("objects/globals")
    #expect(throws: ObjectError.self) { try object.resize(map: ".rodata.table", to: 0) }
    #expect(throws: ObjectError.self) { try object.resize(map: ".rodata.table", to: 1 << 30) }
    #expect(throws: ObjectError.self) { try object.resize(map: ".rodata.str1.1", to: 2) }
  }

  @Test func `a global takes its bytes, and only its own`() throws {
    var object = try Fixture.object("objects/globals")
    try object.setGlobal("limits", to: Array(1...12))
    let contents = try #require(object.linked("count").maps[0].bytes)
    #expect(contents == [7, 0, 0, 0] + Array(1...12) + [3, 0, 0, 0])
  }

  @Test func `a variable of .bss grows its map's contents no further than itself`() throws {
    var object = try Fixture.object("objects/globals")
    try object.setGlobal("zeroed", to: 0x1234)
    #expect(object.maps[4].bytes == [UInt8](repeating: 0, count: 64) + [0x34, 0x12])
    #expect(object.maps[4].valueSize == 67)
  }

  @Test(
    arguments: [(-1, [255, 255, 255, 255]), (0x8000_0001, [1, 0, 0, 128]), (5, [5, 0, 0, 0])]
      as [(Int, [UInt8])]
  )
  func `an integer takes the variable's width, signed or not`(value: Int, bytes: [UInt8]) throws {
    var object = try Fixture.object("objects/globals")
    try object.setGlobal("verbosity", to: value)
    #expect(object.bytes(of: try #require(object.globals.first { $0.name == "verbosity" })) == bytes)
  }

  @Test(arguments: [
    ("small", 256, "256 doesn't fit into 8 bits"), ("small", -129, "-129 doesn't fit into 8 bits"),
    ("verbosity", 1 << 32, "4294967296 doesn't fit into 32 bits"),
    ("limits", 1, "has 12 bytes and is no integer"),
  ])
  func `an integer that doesn't fit is refused`(name: String, value: Int, reason: String) throws {
    var object = try Fixture.object("objects/globals")
    let error = #expect(throws: ObjectError.self) { try object.setGlobal(name, to: value) }
    #expect(error?.fault == .valueRange(reason))
    #expect(error?.symbol == name)
  }

  @Test func `the largest and smallest integers fit 64 bits`() throws {
    var object = try Fixture.object("objects/globals")
    for (value, bytes) in [(UInt64.max, 255 as UInt8), (0, 0)] {
      try object.setGlobal("custom", to: value)
      #expect(object.maps[1].bytes == [UInt8](repeating: bytes, count: 8))
    }
    try object.setGlobal("custom", to: Int64.min)
    #expect(object.maps[1].bytes == [0, 0, 0, 0, 0, 0, 0, 128])
  }

  @Test func `a value takes the form of the variable's type`() throws {
    var object = try Fixture.object("objects/globals")
    try object.setGlobal(
      "limits",
      to: .structure([.init("rate", .unsigned(9)), .init("burst", .array([.unsigned(7)]))])
    )
    #expect(object.maps[0].bytes == [7, 0, 0, 0, 9, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0])
    try object.setGlobal("custom", to: .bytes([8, 7, 6, 5, 4, 3, 2, 1]))
    #expect(object.maps[1].bytes == [8, 7, 6, 5, 4, 3, 2, 1])
    let error = #expect(throws: ObjectError.self) { try object.setGlobal("packets", to: .unsigned(1 << 32)) }
    #expect(error?.symbol == "packets")
    guard case .btf? = error?.fault else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a value without a type is bytes or an integer`() throws {
    var object = try Fixture.object("objects/bare")
    try object.setGlobal("threshold", to: .integer(-1))
    #expect(object.maps[2].bytes == [255, 255, 255, 255])
    let error = #expect(throws: ObjectError.self) { try object.setGlobal("threshold", to: .text("no")) }
    #expect(error?.fault == .needsBTF)
  }

  @Test func `bytes of another length are refused`() throws {
    var object = try Fixture.object("objects/globals")
    let error = #expect(throws: ObjectError.self) { try object.setGlobal("custom", to: [1, 2, 3]) }
    #expect(
      error?.description
        == "objects/globals.o, section '.data.custom', byte 0, 'custom': takes 8 bytes, not 3"
    )
  }

  @Test func `an unknown variable is refused with those that are there`() throws {
    var object = try Fixture.object("objects/subprograms")
    let error = #expect(throws: ObjectError.self) { try object.setGlobal("sum", to: 1) }
    #expect(
      error?.description
        == "objects/subprograms.o, 'sum': there is no such global variable; variables: total"
    )
  }

  @Test func `without types the variables are the symbols`() throws {
    var object = try Fixture.object("objects/bare")
    try object.setGlobal("threshold", to: 9)
    #expect(try object.linked("other").maps[2].bytes == [9, 0, 0, 0])
  }
}

extension MapDefinition {
  /// The bytes of a data section's map.
  fileprivate var bytes: [UInt8]? {
    if case .section(_, let bytes) = initialContents { bytes } else { nil }
  }
}
