import BPF

// Fields of map values and allocated objects that belong to the engine.

extension Transfer {
  mutating func checkField(
    _ kind: CallPrototype.FieldKind,
    _ value: RegisterState,
    _ register: Register,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    switch kind {
    case .spinLock, .resilientSpinLock:
      _ = try field(kind, of: value, index, prototype, slot)
      try changeLock(kind, value, prototype, &state, slot)
    case .timer, .workQueue, .taskWork:
      guard value.kind == .mapValue else {
        throw wants("a \(kind.typeName) in a map's value", value, index, prototype, slot)
      }
      _ = try field(kind, of: value, index, prototype, slot)
      facts.field = value
    case .kernelPointer:
      let field = try field(kind, of: value, index, prototype, slot)
      guard field.pointer != .untrusted else {
        throw Violation(
          .badArgument,
          "the pointer at offset \(field.offset) holds no reference, so that none can be exchanged",
          at: slot,
          register: register
        )
      }
      facts.pointer = field
    case .listHead, .treeRoot: try checkRoot(kind, value, index, prototype, &facts, state, slot)
    case .listNode, .treeNode: try checkNode(kind, value, index, prototype, &facts, state, slot)
    case .referenceCount: throw notModelled(prototype, slot)
    }
  }

  /// What of a value's or object's bytes is not plain.
  func fields(of value: RegisterState) -> [SpecialField] {
    switch value.kind {
    case .mapValue: maps[Int(value.index)].fields
    case .object where value.traits.contains(.allocated): objects[value.index].fields
    default: []
    }
  }

  /// The field of a kind that a pointer points to exactly.
  func field(
    _ kind: CallPrototype.FieldKind,
    of value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ slot: Int
  ) throws(Violation) -> SpecialField {
    guard value.kind == .mapValue || (value.kind == .object && value.traits.contains(.allocated)),
      !value.mayBeNull, let variable = value.scalar.constant
    else {
      let place = [.timer, .workQueue, .taskWork].contains(kind) ? "" : " or an allocated object"
      throw wants("a \(kind.typeName) in a map's value\(place)", value, index, prototype, slot)
    }
    let place = Int(value.offset) + Int(truncatingIfNeeded: variable)
    guard let field = fields(of: value).first(kind, at: place) else {
      throw Violation(
        .badArgument,
        value.kind == .mapValue
          ? "there is no \(kind.typeName) at offset \(place) of the values of '\(maps[Int(value.index)].name)'"
          : "there is no \(kind.typeName) at offset \(place) of 'struct \(objects[value.index].name)'",
        at: slot,
        register: Register(rawValue: UInt8(index + 1))
      )
    }
    return field
  }
}
