import BPF
import BTF

// Loads and stores through pointers to sockets and objects.

extension Transfer {
  /// Fields of `struct bpf_sock` and its kin that programs may load: each by its offset and size.
  func readSocket(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let place = offset + Int64(pointer.offset)
    let size: Int64 =
      switch pointer.kind {
      case .xdpSocket: 4
      case .tcpSocket: 112
      default: 80
      }
    // All fields have four bytes, but the two long counters of a TCP socket.
    let isLong = pointer.kind == .tcpSocket && (place == 80 || place == 88)
    let fits =
      pointer.kind == .tcpSocket || pointer.kind == .xdpSocket ? count == (isLong ? 8 : 4) : count <= 4
    // Type, protocol, mark and priority are of full sockets only.
    let isOfFullSocket = pointer.kind == .socketCommon && (8..<24).contains(place)
    guard pointer.scalar.constant == 0, place >= 0, place + Int64(count) <= size, !isOfFullSocket,
      place % Int64(count) == 0, fits
    else {
      throw Violation(
        .memoryBounds,
        "a socket has no field of \(count.byteText) at offset \(place)",
        at: slot,
        register: register
      )
    }
    return .unknown
  }

  // MARK: Objects

  /// A load through a pointer to an object.
  mutating func readObject(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let place = try objectPlace(pointer, offset, register, slot)
    let entry = objects[pointer.index]
    if !entry.isLocal, !program.license.isGPLCompatible {
      throw Violation(
        .gplOnly,
        "the kernel's 'struct \(entry.name)' is only read by programs under a license that is compatible with the GPL",
        at: slot,
        register: register
      )
    }
    return try readMembers(of: pointer, place, size, register, state, slot)
  }

  /// A load of what the kernel keeps of a map (`struct bpf_map` and what it begins).
  mutating func readMap(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let shape = maps[Int(pointer.index)]
    guard let name = shape.type.kernelStructure else {
      throw Violation(
        .forbiddenAccess,
        "maps of type \(shape.type.name) cannot be read",
        at: slot,
        register: register
      )
    }
    var map = RegisterState(.object, index: objects.kernelType(name), offset: pointer.offset)
    map.scalar = pointer.scalar
    let place = try objectPlace(map, offset, register, slot)
    return try readMembers(of: map, place, size, register, state, slot, isMap: true)
  }

  private func objectPlace(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) -> Int64 {
    let place = offset + Int64(pointer.offset)
    guard pointer.scalar.constant == 0 else {
      throw Violation(
        .memoryBounds,
        "\(pointer.words) is accessed at an offset that is not known",
        at: slot,
        register: register
      )
    }
    guard place >= 0 else {
      throw Violation(
        .memoryBounds,
        "\(pointer.words) is accessed before its start, at offset \(place)",
        at: slot,
        register: register
      )
    }
    guard !pointer.traits.contains(.perCPU) else {
      throw Violation(
        .forbiddenAccess,
        "\(pointer.words) has one instance a CPU: ask bpf_this_cpu_ptr or bpf_per_cpu_ptr for one first",
        at: slot,
        register: register
      )
    }
    return place
  }

  private mutating func readMembers(
    of pointer: RegisterState,
    _ place: Int64,
    _ size: Size,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int,
    isMap: Bool = false
  ) throws(Violation) -> RegisterState {
    let entry = objects[pointer.index]
    guard let types = objects.types(of: pointer.index), entry.id != 0 else {
      throw Violation(
        .unsupported,
        "what 'struct \(entry.name)' holds is known from the kernel's types (BTF) only, which are not at hand",
        at: slot,
        register: register
      )
    }
    if pointer.traits.contains(.allocated) {
      try requireNoField(entry, place, size, register, slot)
    }
    var walk = TypeWalk(types, isUntrusted: pointer.traits.contains(.untrusted))
    switch walk.outcome(of: entry.id, at: place, size.byteCount) {
    case .number: return .unknown
    case .nothing(let reason): throw Violation(.memoryBounds, reason, at: slot, register: register)
    case .plainPointer:
      if entry.isLocal { return .unknown }
      return RegisterState(.memory, [.readOnly, .untrusted])
    case .pointer(let target, let member, let tag):
      if entry.isLocal { return .unknown }
      var found = RegisterState(.object, index: objects.kernelType(target))
      if walk.crossesUnion { found.traits.insert(.untrusted) }
      if tag == "percpu" { found.traits.insert(.perCPU) }
      if isMap {
        if tag == "rcu" { found.traits.insert(.rcu) }
        return found
      }
      try age(&found, through: member, tag, of: pointer, entry.name, types, state)
      if found.mayBeNull { found.id = newID() }
      return found
    }
  }

  /// How alive is what a member of an object points to.
  private func age(
    _ found: inout RegisterState,
    through member: String,
    _ tag: String,
    of pointer: RegisterState,
    _ structure: String,
    _ types: BTF,
    _ state: MachineState
  ) throws(Violation) {
    if pointer.traits.contains(.untrusted) {
      found.traits = .untrusted
      return
    }
    guard pointer.isTrusted || pointer.traits.contains(.rcu) else { return }
    switch TrustedMembers(types).life(of: member, in: structure) {
    case .trusted: found.traits.insert(.trusted)
    case .trustedOrNull: found.traits.formUnion([.trusted, .maybeNull])
    case .readSection where state.isInReadSection: found.traits.insert(.rcu)
    case .readSectionOrNull where state.isInReadSection: found.traits.formUnion([.rcu, .maybeNull])
    default:
      if !state.isInReadSection {
        found.traits = .untrusted
      } else if tag == "rcu" {
        found.traits.formUnion([.rcu, .maybeNull])
      }
    }
  }

  private func requireNoField(
    _ entry: ObjectTypes.Entry,
    _ place: Int64,
    _ size: Size,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) {
    for field in entry.fields
    where place < Int64(field.offset + field.byteCount) && Int64(field.offset) < place + Int64(size.byteCount)
    {
      throw Violation(
        .specialField,
        "the access overlaps the \(field.kind.typeName) in 'struct \(entry.name)', which only helpers may touch",
        at: slot,
        register: register
      )
    }
  }

  /// A store through a pointer to an object: only into what the program allocated, and a connection's mark.
  mutating func writeObject(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    let entry = objects[pointer.index]
    if pointer.traits.contains(.allocated) {
      let place = try objectPlace(pointer, offset, register, slot)
      _ = try readMembers(of: pointer, place, size, register, state, slot)
      return
    }
    guard ["nf_conn", "nf_conn___init"].contains(entry.name), let types = objects.kernel else {
      throw readOnly(pointer, register, slot)
    }
    let place = try objectPlace(pointer, offset, register, slot)
    guard let connection = types.find(named: "nf_conn", kind: .structure),
      let mark = types.member("mark", of: connection), mark.byteOffset == Int(place), size == .word
    else { throw readOnly(pointer, register, slot) }
  }

  /// The address of something of the kernel's: of a weak function that is not there it is null.
  mutating func kernelVariable(_ slot: Int) -> RegisterState {
    guard let extern = program.externs.first(where: { $0.slots.contains(slot) }) else {
      return RegisterState(.object, .untrusted, index: objects.kernelType(""))
    }
    if extern.kind == .function, environment.functions[extern.name] != nil {
      return RegisterState(.object, .trusted, index: objects.kernelType(""))
    }
    if extern.kind == .variable, let types = environment.kernelTypes,
      let id = types.find(named: extern.name, kind: .variable), case .variable(_, let type, _) = types[id]
    {
      let type = types.resolved(type)
      if case .structure = types[type] {
        return RegisterState(.object, .perCPU, index: objects.kernelType(type))
      }
      return RegisterState(
        .memory,
        [.readOnly, .perCPU],
        index: Int32(clamping: types.byteCount(of: type) ?? 0)
      )
    }
    return extern.isWeak
      ? .constant(0) : RegisterState(.object, .untrusted, index: objects.kernelType(""))
  }

  // MARK: Arenas

  /// `addr_space_cast`: a pointer into the arena as programs use it, or as a number that processes know.
  mutating func castAddressSpace(
    _ destination: Register,
    _ source: Register,
    _ spaces: UInt32,
    _ state: inout MachineState,
    _ slot: Int
  ) throws(Violation) {
    try requireInitialized(source, state, slot)
    try requireWritable(destination, slot)
    guard usesArena else {
      throw Violation(.unsupported, "address spaces are only for programs with an arena", at: slot)
    }
    state[destination] = spaces == 1 ? RegisterState(.arena) : .unknown
  }
}

extension RegisterState {
  /// Whether a pointer to an object is known to be alive (`is_trusted_reg`).
  var isTrusted: Bool {
    if referenceID != 0 { return true }
    guard !traits.contains(.untrusted), !traits.contains(.rcu), !traits.contains(.perCPU), !mayBeNull else {
      return false
    }
    switch kind {
    case .socket, .socketCommon, .tcpSocket: return true
    default: return !traits.isDisjoint(with: [.allocated, .trusted, .borrowed])
    }
  }
}

extension MachineState {
  /// Whether what is good within a read-side critical section is good here.
  var isInReadSection: Bool { !isSleepable || readSectionDepth > 0 || lockCount > 0 }
}

extension MapType {
  /// What the kernel keeps of a map of this kind, as programs may read it; nil where they may not.
  var kernelStructure: String? {
    switch self {
    case .hash, .perCPUHash, .lruHash, .lruPerCPUHash, .hashOfMaps: "bpf_htab"
    case .array, .perCPUArray, .programArray, .perfEventArray, .cgroupArray, .arrayOfMaps: "bpf_array"
    case .lpmTrie: "lpm_trie"
    case .queue, .stack: "bpf_queue_stack"
    case .ringBuffer, .userRingBuffer: "bpf_ringbuf_map"
    case .devmap, .devmapHash: "bpf_dtab"
    case .cpumap: "bpf_cpu_map"
    case .xskmap: "xsk_map"
    case .sockmap: "bpf_stab"
    case .sockhash: "bpf_shtab"
    case .bloomFilter: "bpf_bloom_filter"
    case .stackTrace: "bpf_stack_map"
    case .socketStorage, .taskStorage, .inodeStorage, .cgroupLocalStorage: "bpf_local_storage_map"
    case .reuseportSockArray: "reuseport_array"
    case .arena: "bpf_arena"
    default: nil
    }
  }
}
