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
    /// A dynptr that is there.
    case dynptr
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
    switch btf[btf.resolved(type)] {
    case .integer, .enumeration: return .number
    case .pointer(let target):
      if tags.contains("ctx") { return .context }
      let pointee = btf.resolved(target)
      if case .structure(let composite) = btf[pointee], composite.name == "xdp_md" { return .context }
      if case .structure(let composite) = btf[pointee], composite.name == "bpf_dynptr" { return .dynptr }
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
      case .memory(let size, let isNeverNull):
        if !isNeverNull, value.isZero { continue }
        var subject = value
        if !isNeverNull { subject.traits.remove(.maybeNull) }
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
      case .number: frame.registers[index + 1] = .unknown
      case .context: frame.registers[index + 1] = RegisterState(.context)
      case .dynptr:
        var dynptr = RegisterState(.dynptr, index: StackObject.DynptrKind.local.rawValue)
        dynptr.id = newID()
        frame.registers[index + 1] = dynptr
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
