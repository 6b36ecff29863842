import BPF

// Pointers to objects in map values and in allocated objects (`kptr`).

extension Transfer {
  /// The pointer field that an access at a known offset is of.
  func pointerField(_ pointer: RegisterState, _ offset: Int64) -> SpecialField? {
    let fields = maps[Int(pointer.index)].fields
    guard !fields.isEmpty, let variable = pointer.scalar.constant else { return nil }
    let place = offset + Int64(pointer.offset) + Int64(bitPattern: variable)
    return fields.first { $0.kind == .kernelPointer && Int64($0.offset) == place }
  }

  /// What a load of a pointer field gives.
  mutating func loadPointer(
    _ field: SpecialField,
    isPlain: Bool,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    guard isPlain else { throw onlyPlain(field, register, slot) }
    var loaded = RegisterState(.object, .maybeNull, index: field.target)
    loaded.id = newID()
    let entry = objects[field.target]
    // Objects of these types live on until a grace period ends.
    let lingers =
      field.pointer == .perCPU
      || (field.pointer == .referenced
        && (entry.isLocal || ["task_struct", "cgroup", "bpf_cpumask", "bpf_crypto_ctx"].contains(entry.name)))
    guard lingers, state.isInReadSection else {
      loaded.traits.insert(.untrusted)
      return loaded
    }
    loaded.traits.insert(.rcu)
    if field.pointer == .perCPU {
      loaded.traits.insert(.perCPU)
    } else if entry.isLocal {
      loaded.traits.insert(.allocated)
    }
    return loaded
  }

  /// A store into a pointer field: only where it holds no reference.
  func storePointer(
    _ field: SpecialField,
    _ operand: Operand?,
    isPlain: Bool,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    guard isPlain else { throw onlyPlain(field, register, slot) }
    guard field.pointer == .untrusted else {
      throw Violation(
        .specialField,
        "the kptr at offset \(field.offset) holds a reference: exchange it with bpf_kptr_xchg",
        at: slot,
        register: register
      )
    }
    switch operand {
    case .immediate(0): break
    case .register(let source):
      if !state[source].isZero { try requireFits(state[source], field, source, slot) }
    default:
      throw Violation(
        .specialField,
        "the kptr at offset \(field.offset) takes an object or 0",
        at: slot,
        register: register
      )
    }
  }

  private func onlyPlain(_ field: SpecialField, _ register: Register, _ slot: Int) -> Violation {
    Violation(
      .specialField,
      "the kptr at offset \(field.offset) is only for plain loads and stores",
      at: slot,
      register: register
    )
  }

  /// Whether a pointer field may hold a value (`map_kptr_match_type`).
  func requireFits(
    _ value: RegisterState,
    _ field: SpecialField,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    var allowed: RegisterState.Traits = .maybeNull
    if value.kind == .object {
      if objects[value.index].isLocal {
        allowed.insert(.allocated)
        if field.pointer == .perCPU { allowed.insert(.perCPU) }
      } else {
        allowed.formUnion([.trusted, .rcu])
        if field.pointer == .untrusted { allowed.insert(.untrusted) }
      }
    }
    let name = objects[field.target].name
    guard value.kind == .object, value.traits.isSubset(of: allowed), value.scalar.constant == 0,
      field.pointer == .untrusted
        ? objects.embeds(name, in: value.index, at: Int64(value.offset))
        : value.index == field.target && value.offset == 0
    else {
      throw Violation(
        .badArgument,
        "\(register) is \(value.words), where the kptr at offset \(field.offset) holds a 'struct \(name)'",
        at: slot,
        register: register
      )
    }
  }

  /// What is put into a pointer field is no more the program's.
  func giveAway(_ released: RegisterState, _ state: inout MachineState) {
    let isInReadSection = state.isInReadSection
    let id = released.referenceID
    state.references.removeAll { $0.kind == .object && $0.id == id }
    state.forEachRegister { register in
      guard register.referenceID == id else { return }
      if isInReadSection, register.traits.isSuperset(of: [.allocated, .perCPU]) {
        register.referenceID = 0
        register.traits.remove(.allocated)
        register.traits.insert(.rcu)
      } else {
        register = .unknown
      }
    }
  }
}
