public import BPF
import Synchronization

/// A map in the kernel.
///
/// Letting go of the last reference closes it; programs that use it keep it alive.
public final class KernelMap: BPFMap {
  /// What the map was made from.
  public let definition: MapDefinition
  /// The kernel's number for it.
  public let id: UInt32
  /// Bytes of a value as bpf(2) passes it: for a per-CPU map every possible CPU's, each rounded up to 8 bytes.
  public let valueByteCount: Int
  let descriptor: Descriptor
  let cpuCount: Int
  private let types: KernelTypes?
  /// The readers of a perf event array, by their CPUs, once they are opened.
  let eventReaders = Mutex<[PerfEventReader]>([])

  private init(
    _ definition: MapDefinition,
    id: UInt32,
    cpuCount: Int,
    types: KernelTypes?,
    descriptor: consuming Descriptor
  ) {
    self.definition = definition
    self.id = id
    self.cpuCount = cpuCount
    self.types = types
    self.descriptor = descriptor
    valueByteCount =
      definition.type.isPerCPU ? ((definition.valueSize + 7) & ~7) * cpuCount : definition.valueSize
  }

  /// Takes over a map that is there.
  convenience init(adopting descriptor: consuming Descriptor, _ info: MapInfo) throws(KernelError) {
    let definition = info.definition
    let isPerCPU = definition.type.isPerCPU || definition.type == .perfEventArray
    let cpuCount = isPerCPU ? try PossibleCPUs.count() : 1
    self.init(definition, id: info.id, cpuCount: cpuCount, types: nil, descriptor: descriptor)
  }

  /// Makes an empty map (`BPF_MAP_CREATE`).
  ///
  /// The definition's initial contents are `KernelEngine.makeMaps`' work, for they may refer to other maps.
  public static func make(_ definition: MapDefinition) throws(KernelError) -> KernelMap {
    try make(definition, types: nil)
  }

  static func make(_ definition: MapDefinition, types: KernelTypes?) throws(KernelError) -> KernelMap {
    let shapes = [definition] + definition.inner
    let isPerCPU = shapes.contains { $0.type.isPerCPU || $0.type == .perfEventArray }
    let cpuCount = isPerCPU ? try PossibleCPUs.count() : 1
    let descriptor = try create(definition, types)
    let id = try descriptor.objectID(named: definition.name)
    return KernelMap(definition, id: id, cpuCount: cpuCount, types: types, descriptor: descriptor)
  }

  private static func create(
    _ definition: MapDefinition,
    _ types: KernelTypes?
  ) throws(KernelError) -> Descriptor {
    guard let keySize = UInt32(exactly: definition.keySize),
      let valueSize = UInt32(exactly: definition.valueSize),
      let maxEntries = UInt32(exactly: definition.maxEntries)
    else {
      throw KernelError(
        command: BPFCommand.mapCreate.name,
        subject: definition.name,
        code: .invalid,
        advice: "key size, value size and max_entries are 32-bit numbers"
      )
    }
    var call = BPFCall()
    call.set(definition.type.rawValue, at: 0)
    call.set(keySize, at: 4)
    call.set(valueSize, at: 8)
    call.set(maxEntries, at: 12)
    call.set(definition.flags.rawValue, at: 16)
    call.set(definition.numaNode, at: 24)
    call.set(name: definition.name, at: 28)
    call.set(doubleWord: definition.extra, at: 64)
    guard let template = definition.inner.first else { return try create(definition, types, &call) }
    let inner = try create(template, types)
    defer { extendLifetime(inner) }
    call.set(UInt32(bitPattern: inner.rawValue), at: 20)
    return try create(definition, types, &call)
  }

  /// Creates with the types of key and value, or without where the kernel has no use for them in such a map.
  private static func create(
    _ definition: MapDefinition,
    _ types: KernelTypes?,
    _ call: inout BPFCall
  ) throws(KernelError) -> Descriptor {
    if let types, definition.valueType != 0 {
      call.set(definition.keyType, at: 52)
      call.set(definition.valueType, at: 56)
      if let descriptor = try? call.perform(.mapCreate, types.descriptor, at: 48) {
        return Descriptor(owning: descriptor)
      }
      for offset in [48, 52, 56] { call.set(0, at: offset) }
    }
    do throws(BPFCallFailure) {
      return Descriptor(owning: try call.perform(.mapCreate))
    } catch {
      throw KernelError(error, subject: definition.name)
    }
  }

  // MARK: Elements

  /// The value under a key, or nil where there is none.
  public func lookup(_ key: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError) -> [UInt8]? {
    try value(key, .mapLookup, "lookup", flags)
  }

  /// Takes a value out and gives it, nil where there is none.
  public func take(_ key: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError) -> [UInt8]? {
    try value(key, .mapTake, "take", flags)
  }

  private func value(
    _ key: [UInt8],
    _ command: BPFCommand,
    _ operation: String,
    _ flags: MapUpdateFlags
  ) throws(MapError) -> [UInt8]? {
    var call = try elementCall(operation, key)
    call.set(doubleWord: flags.rawValue, at: 24)
    let value = call.point(toZeroes: valueByteCount, from: 16)
    guard try perform(command, &call, operation) else { return nil }
    return call.buffer(value)
  }

  /// Whether a bloom filter may have taken in a value.
  public func contains(_ value: [UInt8]) throws(MapError) -> Bool {
    guard definition.type == .bloomFilter else {
      throw MapError(map: definition.name, operation: "contains", code: .notSupportedInternal)
    }
    try check(value, "contains", "value", valueByteCount)
    var call = BPFCall()
    call.point(at: value, from: 16)
    return try perform(.mapLookup, &call, "contains")
  }

  /// Stores a value.
  ///
  /// Programs and maps in the value are named by their ids, as the kernel names them when it is asked for the value.
  public func update(_ key: [UInt8], to value: [UInt8], _ flags: MapUpdateFlags = .any) throws(MapError) {
    try check(value, "update", "value", valueByteCount)
    var call = try elementCall("update", key)
    call.set(doubleWord: flags.rawValue, at: 24)
    guard let (command, offset) = reference(in: value) else {
      call.point(at: value, from: 16)
      return try performUpdate(&call)
    }
    var byID = BPFCall()
    byID.set(value.word(at: offset), at: 0)
    guard let number = try? byID.perform(command) else {
      // Nothing has this descriptor, and the kernel knows best what else to object to first.
      call.point(at: value.replacingWord(at: offset, with: UInt32(Int32.max)), from: 16)
      return try performUpdate(&call)
    }
    let object = Descriptor(owning: number)
    defer { extendLifetime(object) }
    call.point(at: value.replacingWord(at: offset, with: UInt32(bitPattern: object.rawValue)), from: 16)
    try performUpdate(&call)
  }

  private func performUpdate(_ call: inout BPFCall) throws(MapError) {
    guard try perform(.mapUpdate, &call, "update") else {
      throw MapError(map: definition.name, operation: "update", code: .noEntry)
    }
  }

  /// Removes a key.
  public func delete(_ key: [UInt8]) throws(MapError) {
    var call = try elementCall("delete", key)
    guard try perform(.mapDelete, &call, "delete") else {
      throw MapError(map: definition.name, operation: "delete", code: .noEntry)
    }
  }

  /// The key after this one in the map's own order, the first for nil or a key that is gone, nil at the end.
  public func nextKey(after key: [UInt8]?) throws(MapError) -> [UInt8]? {
    var call = BPFCall()
    if let key {
      try check(key, "next key", "key", definition.keySize)
      call.point(at: key, from: 8)
    }
    let next = call.point(toZeroes: definition.keySize, from: 16)
    guard try perform(.mapNextKey, &call, "next key") else { return nil }
    return call.buffer(next)
  }

  /// Forbids user space to change the map from now on (`BPF_MAP_FREEZE`).
  public func freeze() throws(MapError) {
    var call = BPFCall()
    _ = try perform(.mapFreeze, &call, "freeze")
  }

  // MARK: Maps in maps

  /// A new, empty map that this map of maps takes; `EINVAL` for another kind of map.
  public func makeInnerMap() throws(MapError) -> any BPFMap {
    let template = try template("make inner map")
    do throws(KernelError) {
      return try KernelMap.make(template, types: types)
    } catch {
      throw MapError(map: definition.name, operation: "make inner map", code: error.code)
    }
  }

  /// The map under a key of a map of maps, nil where there is none; `EINVAL` for another kind of map.
  public func innerMap(for key: [UInt8]) throws(MapError) -> (any BPFMap)? {
    _ = try template("inner map")
    return try lookup(key).flatMap { map(of: $0.word(at: 0)) }
  }

  /// The map of an id, which is taken for one like the inner maps; nil where there is none any more.
  func map(of id: UInt32) -> KernelMap? {
    guard let template = definition.inner.first else { return nil }
    var call = BPFCall()
    call.set(id, at: 0)
    guard let number = try? call.perform(.mapByID) else { return nil }
    return KernelMap(
      template,
      id: id,
      cpuCount: cpuCount,
      types: types,
      descriptor: Descriptor(owning: number)
    )
  }

  private func template(_ operation: String) throws(MapError) -> MapDefinition {
    guard let template = definition.inner.first else {
      throw MapError(
        map: definition.name,
        operation: operation,
        code: .invalid,
        detail: "it is no map of maps"
      )
    }
    return template
  }

  // MARK: Calls

  /// A call about an element: the map at 0, the key at 8.
  private func elementCall(_ operation: String, _ key: [UInt8]) throws(MapError) -> BPFCall {
    try check(key, operation, "key", definition.keySize)
    var call = BPFCall()
    if !key.isEmpty { call.point(at: key, from: 8) }
    return call
  }

  func check(_ bytes: [UInt8], _ operation: String, _ what: String, _ count: Int) throws(MapError) {
    guard bytes.count == count else {
      throw MapError(
        map: definition.name,
        operation: operation,
        code: .invalid,
        detail: "the \(what) has \(bytes.count) bytes instead of \(count)"
      )
    }
  }

  /// Makes the call; false for `ENOENT`.
  private func perform(
    _ command: BPFCommand,
    _ call: inout BPFCall,
    _ operation: String
  ) throws(MapError) -> Bool {
    do {
      try call.perform(command, descriptor)
      return true
    } catch {
      if error.code == .noEntry { return false }
      throw MapError(map: definition.name, operation: operation, code: error.code)
    }
  }

  /// Where a value holds a program or map, which the kernel takes as a descriptor, and how to get one.
  func reference(in value: [UInt8]) -> (BPFCommand, offset: Int)? {
    switch definition.type {
    case .programArray: (.programByID, 0)
    case .arrayOfMaps, .hashOfMaps: (.mapByID, 0)
    case .devmap, .devmapHash, .cpumap:
      value.count == 8 && value.word(at: 4) != 0 ? (.programByID, 4) : nil
    default: nil
    }
  }
}

extension Descriptor {
  /// The kernel's number for a map or program (`BPF_OBJ_GET_INFO_BY_FD`): the second word of its information.
  borrowing func objectID(named name: String) throws(KernelError) -> UInt32 {
    var call = BPFCall()
    call.set(8, at: 4)
    let information = call.point(toZeroes: 8, from: 8)
    do {
      try call.perform(.info, self)
    } catch {
      throw KernelError(error, subject: name)
    }
    return call.buffer(information).word(at: 4)
  }
}
