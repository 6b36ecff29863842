import BPF
import BTF

// Global functions: verified by themselves, from their types.

extension Transfer {
  /// What a parameter's type tells.
  enum ParameterShape: Hashable {
    case number
    case context
    /// Memory of a size; `isNeverNull` with the tag `arg:nonnull`.
    case memory(Int, isNeverNull: Bool)
    /// Memory that is only read, where a read cannot fault: the tag `arg:untrusted`.
    case untrustedMemory
    /// A dynptr that is there.
    case dynptr
    /// A struct of the kernel's that is known to be alive: the tag `arg:trusted`.
    case object(String, mayBeNull: Bool)
    /// A struct of the kernel's that is only read, where a read cannot fault: the tag `arg:untrusted`.
    case untrustedObject(String)
    /// Into the program's arena, or a number: the tag `arg:arena`.
    case arena
  }

  /// The parameters of a global function by its type in the object's BTF.
  func parameters(of function: Int, _ slot: Int?) throws(Violation) -> [ParameterShape] {
    let range = layout.functions[function]
    guard let btf = program.btf, range.type != 0,
      case .function(_, let prototype, _) = btf[range.type],
      case .functionPrototype(_, let parameters, _) = btf[prototype]
    else {
      throw Violation(.missingType, "the global function '\(range.name)' has no type", at: slot)
    }
    guard parameters.count <= 5 else {
      throw Violation(
        .missingType,
        "the global function '\(range.name)' has more than five parameters",
        at: slot
      )
    }
    var shapes: [ParameterShape] = []
    for (index, parameter) in parameters.enumerated() {
      let tags = btf.parameterTags(of: range.type, index: index)
      shapes.append(try shape(of: parameter.type, tags, btf, range.name, slot))
    }
    return shapes
  }

  private func shape(
    of type: BTF.TypeID,
    _ tags: Set<String>,
    _ btf: BTF,
    _ name: String,
    _ slot: Int?
  ) throws(Violation) -> ParameterShape {
    guard tags.isSubset(of: Self.parameterTags) else { throw badTags(tags, name, slot) }
    switch btf[btf.resolved(type)] {
    case .integer, .enumeration:
      guard tags.isEmpty else { throw badTags(tags, name, slot) }
      return .number
    case .pointer(let target):
      let pointee = btf.resolved(target)
      if let shape = try taggedShape(of: pointee, tags, btf, name, slot) { return shape }
      guard tags.isSubset(of: ["nonnull"]) else { throw badTags(tags, name, slot) }
      guard let size = btf.byteCount(of: pointee), size > 0 else { break }
      return .memory(size, isNeverNull: tags.contains("nonnull"))
    default: break
    }
    throw Violation(
      .missingType,
      "a parameter of the global function '\(name)' has a type that tells nothing of its value",
      at: slot
    )
  }

  private static let parameterTags: Set<String> = [
    "ctx", "nonnull", "nullable", "trusted", "untrusted", "arena",
  ]

  /// What a pointer's tags, or a struct of a name that is known, make of it; nil for memory.
  private func taggedShape(
    of pointee: BTF.TypeID,
    _ tags: Set<String>,
    _ btf: BTF,
    _ name: String,
    _ slot: Int?
  ) throws(Violation) -> ParameterShape? {
    var structure: String?
    if case .structure(let composite) = btf[pointee] { structure = composite.name }
    let isContext = structure == "xdp_md" || structure == "xdp_buff"
    if tags.contains("ctx") || isContext {
      let isRight = tags.isEmpty ? isContext : structure == "xdp_md" || btf[pointee] == .void
      guard tags.isSubset(of: ["ctx"]), isRight else { throw badTags(tags, name, slot) }
      return .context
    }
    if structure == "bpf_dynptr" {
      guard tags.isEmpty else { throw badTags(tags, name, slot) }
      return .dynptr
    }
    if tags.contains("trusted") {
      guard tags.isSubset(of: ["trusted", "nullable"]) else { throw badTags(tags, name, slot) }
      return .object(try kernelStructure(structure, name, slot), mayBeNull: tags.contains("nullable"))
    }
    if tags.contains("untrusted") {
      guard tags.count == 1 else { throw badTags(tags, name, slot) }
      switch btf[pointee] {
      case .void, .integer, .enumeration: return .untrustedMemory
      default: return .untrustedObject(try kernelStructure(structure, name, slot))
      }
    }
    guard tags.contains("arena") else { return nil }
    guard tags.count == 1 else { throw badTags(tags, name, slot) }
    return .arena
  }

  /// A struct's name, if the kernel has such a one as far as that is known.
  private func kernelStructure(_ structure: String?, _ name: String, _ slot: Int?) throws(Violation) -> String
  {
    if let structure, objects.kernel.map({ $0.find(named: structure, kind: .structure) != nil }) ?? true {
      return structure
    }
    throw Violation(
      .missingType,
      "a parameter of the global function '\(name)' is tagged as an object of the kernel's, and the kernel has no such struct",
      at: slot
    )
  }

  private func badTags(_ tags: Set<String>, _ name: String, _ slot: Int?) -> Violation {
    let list = tags.sorted().map { "'arg:\($0)'" }.joined(separator: " and ")
    return Violation(
      .missingType,
      "a parameter of the global function '\(name)' cannot be tagged \(list)",
      at: slot
    )
  }

  /// Whether a caller gives a global function what it wants.
  mutating func requireArguments(
    of function: Int,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    var copy = state
    for (index, shape) in try parameters(of: function, slot).enumerated() {
      let register = Register(rawValue: UInt8(index + 1)) ?? .r1
      try requireInitialized(register, state, slot)
      let value = state[register]
      let name = "'\(layout.functions[function].name)'"
      switch shape {
      case .number:
        guard value.kind == .scalar else {
          throw Violation(
            .badArgument,
            "argument \(index + 1) of \(name) is \(value.words), where it wants a number",
            at: slot,
            register: register
          )
        }
      case .context:
        guard value.kind == .context else {
          throw Violation(
            .badArgument,
            "argument \(index + 1) of \(name) is \(value.words), where it wants the context",
            at: slot,
            register: register
          )
        }
        try requirePlainContext(value, register, slot)
      case .dynptr:
        var facts = CallFacts()
        let prototype = CallPrototype(0, layout.functions[function].name, [], .integer)
        try checkDynptr(.reads, value, index, prototype, &facts, &copy, slot)
      case .object(let structure, let mayBeNull):
        if mayBeNull, value.isZero { continue }
        var subject = value
        if mayBeNull { subject.traits.remove(.maybeNull) }
        var facts = CallFacts()
        let prototype = CallPrototype(0, layout.functions[function].name, [], .integer, .trustedArguments)
        try checkObject(structure, subject, register, index, prototype, &facts, slot)
      case .untrustedMemory, .untrustedObject: continue
      case .arena:
        guard value.kind == .scalar || value.kind == .arena else {
          throw Violation(
            .badArgument,
            "argument \(index + 1) of \(name) is \(value.words), where it wants an address in the arena",
            at: slot,
            register: register
          )
        }
      case .memory(let size, let isNeverNull):
        if !isNeverNull, value.isZero { continue }
        var subject = value
        if !isNeverNull { subject.traits.remove(.maybeNull) }
        guard !subject.mayBeNull else {
          throw Violation(
            .mayBeNull,
            "argument \(index + 1) of \(name) is \(value.words) that may be null, where it wants memory that is there",
            at: slot,
            register: register
          )
        }
        var facts = CallFacts()
        let prototype = CallPrototype(0, layout.functions[function].name, [], .integer)
        try memory(subject, register, Int64(size), .readWrite, index, prototype, &facts, &copy, slot)
      }
    }
  }

  /// The state in which a global function is verified.
  mutating func entryState(of function: Int) throws(Violation) -> MachineState {
    var frame = Frame(function: function, number: 0, callSite: -1)
    for (index, shape) in try parameters(of: function, nil).enumerated() {
      switch shape {
      case .number, .arena: frame.registers[index + 1] = .unknown
      case .context: frame.registers[index + 1] = RegisterState(.context)
      case .dynptr:
        var dynptr = RegisterState(.dynptr, index: StackObject.DynptrKind.local.rawValue)
        dynptr.id = newID()
        frame.registers[index + 1] = dynptr
      case .object(let structure, let mayBeNull):
        var object = RegisterState(.object, .trusted, index: objects.kernelType(structure))
        if mayBeNull {
          object.traits.insert(.maybeNull)
          object.id = newID()
        }
        frame.registers[index + 1] = object
      case .untrustedObject(let structure):
        frame.registers[index + 1] = RegisterState(
          .object,
          .untrusted,
          index: objects.kernelType(structure)
        )
      case .untrustedMemory: frame.registers[index + 1] = RegisterState(.memory, [.readOnly, .untrusted])
      case .memory(let size, let isNeverNull):
        var memory = RegisterState(.memory, isNeverNull ? [] : .maybeNull, index: Int32(size))
        memory.id = newID()
        frame.registers[index + 1] = memory
      }
    }
    return MachineState(frame)
  }
}

extension BTF {
  /// The tags `arg:…` of a function's parameter, without the prefix.
  func parameterTags(of function: TypeID, index: Int) -> Set<String> {
    var tags: Set<String> = []
    for id in 1..<TypeID(types.count) {
      guard case .declarationTag(let name, let type, let component, _) = self[id], type == function,
        component == index, name.hasPrefix("arg:")
      else { continue }
      tags.insert(String(name.dropFirst(4)))
    }
    return tags
  }
}
