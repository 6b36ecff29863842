import BPF
import BTF

// Arguments that are objects: of the right type, and known to be alive where the call wants that.

extension Transfer {
  /// An object of the kernel's.
  mutating func checkObject(
    _ name: String,
    _ value: RegisterState,
    _ register: Register,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ slot: Int
  ) throws(Violation) {
    let what = "a kernel object of type \(name)"
    guard value.kind == .object, !value.mayBeNull else { throw wants(what, value, index, prototype, slot) }
    let takesReadSection = prototype.traits.contains(.readSectionArguments)
    let wantsTrust = prototype.traits.contains(.trustedArguments) || prototype.releases != nil
    if prototype.id == 0, takesReadSection || wantsTrust, !value.isTrusted {
      guard takesReadSection, value.traits.contains(.rcu) else {
        throw Violation(
          .badArgument,
          takesReadSection
            ? "argument \(index + 1) of \(prototype.name) is \(value.words) that may be gone: it must be held, or found within the read-side critical section"
            : "argument \(index + 1) of \(prototype.name) is \(value.words) that may be gone: it must be held or trusted",
          at: slot,
          register: register
        )
      }
    }
    guard !value.traits.contains(.untrusted), !value.traits.contains(.perCPU),
      !value.traits.contains(.allocated)
    else {
      throw Violation(
        .badArgument,
        "argument \(index + 1) of \(prototype.name) is \(value.words) that may be gone",
        at: slot,
        register: register
      )
    }
    guard value.scalar.constant == 0, fits(value, name, prototype) else {
      throw wants(what, value, index, prototype, slot)
    }
    facts.released = value
  }

  private func fits(_ value: RegisterState, _ name: String, _ prototype: CallPrototype) -> Bool {
    let isStrict =
      prototype.traits.contains(.acquires) || prototype.releases != nil || name.hasSuffix("___init")
      || objects[value.index].name.hasSuffix("___init")
    if isStrict {
      return objects[value.index].name == name && value.offset == 0 && !objects[value.index].isLocal
    }
    return !objects[value.index].isLocal && objects.embeds(name, in: value.index, at: Int64(value.offset))
  }

  /// A socket that a pointer's type says is one: its struct begins with `struct sock_common`.
  func isSocket(_ value: RegisterState) -> Bool {
    guard value.kind == .object, !objects[value.index].isLocal, value.scalar.constant == 0 else {
      return false
    }
    if objects.embeds("sock_common", in: value.index, at: Int64(value.offset)) { return true }
    return value.offset == 0 && Self.socketStructures.contains(objects[value.index].name)
  }

  private static let socketStructures: Set<String> = [
    "sock_common", "sock", "inet_sock", "inet_connection_sock", "tcp_sock", "tcp6_sock", "udp_sock",
    "udp6_sock", "unix_sock", "mptcp_sock", "request_sock", "inet_request_sock", "tcp_request_sock",
    "inet_timewait_sock", "tcp_timewait_sock",
  ]

  /// An object that the program allocated and holds.
  func checkAllocated(
    perCPU: Bool,
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ slot: Int
  ) throws(Violation) {
    let wanted: RegisterState.Traits = perCPU ? [.allocated, .perCPU] : .allocated
    guard value.kind == .object, value.traits == wanted, value.referenceID != 0 else {
      throw wants(
        perCPU ? "a held object with one instance a CPU" : "a held object that the program allocated",
        value,
        index,
        prototype,
        slot
      )
    }
    guard value.offset == 0, value.scalar.constant == 0 else {
      throw wants("the start of the object", value, index, prototype, slot)
    }
    facts.released = value
  }

  /// An object that the program allocated, held or not, with a reference count.
  func checkCounted(
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ slot: Int
  ) throws(Violation) {
    guard value.kind == .object, value.traits.contains(.allocated), !value.mayBeNull else {
      throw wants("an object that the program allocated", value, index, prototype, slot)
    }
    guard objects[value.index].fields.holdCount else {
      throw wants("an object with a bpf_refcount", value, index, prototype, slot)
    }
    facts.counted = value
  }

  /// A call belongs to at most one thing that is held: Linux would not know which result or end goes with which.
  func requireOneReference(
    _ value: RegisterState,
    _ index: Int,
    _ prototype: CallPrototype,
    _ facts: inout CallFacts,
    _ slot: Int
  ) throws(Violation) {
    guard value.referenceID != 0, value.isPointer else { return }
    guard prototype.id != 0 || prototype.releases != nil else { return }
    switch prototype.parameters[index] {
    case .field(.kernelPointer), .anything, .anyAddress, .anyString, .ignored: return
    default: break
    }
    if facts.reference != 0 {
      throw Violation(
        .badArgument,
        "argument \(index + 1) of \(prototype.name) belongs to something that is held, as an argument before it does; Linux allows one",
        at: slot,
        register: Register(rawValue: UInt8(index + 1))
      )
    }
    facts.reference = value.referenceID
  }

  // MARK: Results

  /// What `bpf_obj_new` makes: an object of the struct whose number was passed.
  mutating func allocated(
    _ facts: CallFacts,
    perCPU: Bool,
    _ prototype: CallPrototype,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    guard let types = program.btf, let number = facts.constant.flatMap({ BTF.TypeID(exactly: $0) }),
      types.types.indices.contains(Int(number)), case .structure(let composite) = types[number]
    else {
      throw Violation(
        .missingType,
        "argument 1 of \(prototype.name) is not the number of a struct of the program's types",
        at: slot,
        register: .r1
      )
    }
    let index = objects.localType(number)
    if perCPU {
      guard composite.byteCount <= 512, objects[index].fields.isEmpty, types.holdsNumbersOnly(number) else {
        throw Violation(
          .badArgument,
          "an object with one instance a CPU is a struct of at most 512 bytes of numbers, and 'struct \(composite.name)' is not",
          at: slot,
          register: .r1
        )
      }
    }
    var object = RegisterState(.object, [.allocated, .maybeNull], index: index)
    if perCPU { object.traits.insert(.perCPU) }
    return object
  }

  /// What `bpf_rdonly_cast` and `bpf_cast_to_kern_ctx` make of an address.
  mutating func cast(
    _ facts: CallFacts,
    _ prototype: CallPrototype,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    if prototype.parameters == [.context] {
      return RegisterState(.object, .trusted, index: objects.kernelType("xdp_buff"))
    }
    guard let number = facts.constant.flatMap({ BTF.TypeID(exactly: $0) }) else {
      throw notModelled(prototype, slot)
    }
    if number == 0 { return RegisterState(.memory, [.readOnly, .untrusted]) }
    guard let types = objects.kernel else {
      throw Violation(
        .unsupported,
        "which type \(prototype.name) casts to is known from the kernel's types (BTF) only, which are not at hand",
        at: slot
      )
    }
    guard types.types.indices.contains(Int(number)) else {
      throw Violation(.badArgument, "the kernel has no type \(number)", at: slot, register: .r2)
    }
    let type = types.resolved(number)
    switch types[type] {
    case .structure: return RegisterState(.object, .untrusted, index: objects.kernelType(type))
    case .void: return RegisterState(.memory, [.readOnly, .untrusted])
    default:
      throw Violation(
        .badArgument,
        "argument 2 of \(prototype.name) is the number of a type that is no struct",
        at: slot,
        register: .r2
      )
    }
  }
}

extension BTF {
  /// Whether a struct holds nothing but numbers, and arrays and structs of such.
  func holdsNumbersOnly(_ id: TypeID, depth: Int = 0) -> Bool {
    guard depth < 4, case .structure(let composite) = self[resolved(id)] else { return false }
    return composite.members.allSatisfy { member in
      var type = resolved(member.type)
      if case .array(let element, _, let count) = self[type] {
        guard count > 0 else { return false }
        type = resolved(element)
      }
      switch self[type] {
      case .integer, .enumeration: return true
      case .structure: return holdsNumbersOnly(type, depth: depth + 1)
      default: return false
      }
    }
  }
}
