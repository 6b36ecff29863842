import BPF

// Lists and trees of objects that programs allocate, under a lock that lies beside their root.

extension Transfer {
  /// The head of a list or root of a tree, whose lock is held.
  mutating func checkRoot(
    _ kind: CallPrototype.FieldKind,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard value.kind == .mapValue || value.traits == .allocated else {
      throw wants("a map's value or an allocated object", value, index, prototype, slot)
    }
    try requireReference(value, index, prototype, slot)
    let field = try field(kind, of: value, index, prototype, slot)
    let owner = lockOwner(value)
    guard state.references.contains(where: { $0.isLock && $0.id == value.id && $0.owner == owner }) else {
      throw Violation(
        .lockDiscipline,
        "\(prototype.name) needs the lock that lies beside the \(kind.typeName) in the same value",
        at: slot,
        register: Register(rawValue: UInt8(index + 1))
      )
    }
    guard field.target >= 0 else {
      throw Violation(
        .missingType,
        "the \(kind.typeName) does not tell what it holds, for want of a declaration tag 'contains:'",
        at: slot
      )
    }
    facts.root = field
  }

  /// An object that lies in a list or tree or is put into it, by its node.
  mutating func checkNode(
    _ kind: CallPrototype.FieldKind,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    if prototype.releases == index {
      guard value.kind == .object, value.traits == .allocated else {
        throw wants("an allocated object", value, index, prototype, slot)
      }
      try requireReference(value, index, prototype, slot)
    } else {
      guard value.kind == .object, !value.mayBeNull,
        value.traits.contains(.borrowed) || value.referenceID != 0
      else { throw wants("an object of the tree's, or one that is held", value, index, prototype, slot) }
      try requireNoTreeCallback(prototype, state, slot)
    }
    let node = try field(kind, of: value, index, prototype, slot)
    guard let root = facts.root, root.target == value.index, root.nodeOffset == node.offset else {
      throw Violation(
        .badArgument,
        "argument \(index + 1) of \(prototype.name) is a node of 'struct \(objects[value.index].name)' at offset \(node.offset), which is not what the \(facts.root?.kind.typeName ?? "root") holds",
        at: slot,
        register: Register(rawValue: UInt8(index + 1))
      )
    }
    facts.released = value
  }

  private func requireReference(
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ slot: Int
  ) throws(Violation) {
    guard value.kind == .object, value.referenceID == 0 else { return }
    throw Violation(
      .notAReference,
      "argument \(index + 1) of \(prototype.name) is an allocated object that is not held",
      at: slot,
      register: Register(rawValue: UInt8(index + 1))
    )
  }

  /// What is put into a list or tree is the list's; while its lock is held, it can still be looked at.
  func lend(_ value: RegisterState, _ state: inout MachineState) {
    state.references.removeAll { $0.kind == .object && $0.id == value.referenceID }
    let objects = objects
    state.forEachRegister { register in
      guard register.referenceID == value.referenceID else { return }
      register.referenceID = 0
      guard register.kind == .object else {
        register = .unknown
        return
      }
      register.borrow(objects)
    }
  }

  /// A node that came out of a list or tree.
  func node(of root: SpecialField, isOwned: Bool) -> RegisterState {
    var node = RegisterState(.object, .allocated, index: root.target, offset: Int32(root.nodeOffset))
    if !isOwned { node.borrow(objects) }
    return node
  }
}

extension RegisterState {
  /// Makes it a pointer to what belongs to a list or tree.
  mutating func borrow(_ objects: ObjectTypes) {
    traits.insert(.borrowed)
    if objects[index].fields.holdCount { traits.insert(.rcu) }
  }
}
