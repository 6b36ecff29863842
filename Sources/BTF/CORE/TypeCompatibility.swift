extension BTF {
  /// Whether a field of this BTF's type can be read where the target has a field of the other.
  ///
  /// Structs and unions always can, for relocations go on into their fields; integers of any size can, too.
  func isFieldCompatible(_ id: TypeID, with other: TypeID, in target: BTF) -> Bool {
    var id = resolved(id)
    var other = target.resolved(other)
    while case (.array(let element, _, _), .array(let otherElement, _, _)) = (self[id], target[other]) {
      id = resolved(element)
      other = target.resolved(otherElement)
    }
    switch (self[id], target[other]) {
    case (.structure, .structure), (.structure, .union), (.union, .structure), (.union, .union),
      (.pointer, .pointer), (.float, .float):
      return true
    case (.forward(let name, _), .forward(let otherName, _)),
      (.enumeration(let name, _, _, _), .enumeration(let otherName, _, _, _)):
      return name.isEmpty || otherName.isEmpty
        || Self.essentialName(name) == Self.essentialName(otherName)
    case (.integer(_, _, let bitOffset, _, _), .integer(_, _, let otherBitOffset, _, _)):
      return bitOffset == 0 && otherBitOffset == 0
    default: return false
    }
  }

  /// Whether two types of one name are of one form, for `typeExists` and its kin.
  ///
  /// Pointers, arrays and functions are compared all the way down to a struct, union, enumeration or integer.
  func isTypeCompatible(_ id: TypeID, with other: TypeID, in target: BTF) -> Bool {
    guard self[id].kind == target[other].kind else { return false }
    var pending = [TypePair(id, other)]
    var seen: Set<TypePair> = []
    while let pair = pending.popLast() {
      let pair = TypePair(resolved(pair.local), target.resolved(pair.target))
      guard seen.insert(pair).inserted else { continue }
      switch (self[pair.local], target[pair.target]) {
      case (.void, .void), (.structure, .structure), (.union, .union), (.enumeration, .enumeration),
        (.forward, .forward), (.float, .float):
        break
      case (.integer(_, _, let bitOffset, _, _), .integer(_, _, let otherBitOffset, _, _)):
        guard bitOffset == 0, otherBitOffset == 0 else { return false }
      case (.pointer(let next), .pointer(let otherNext)),
        (.array(let next, _, _), .array(let otherNext, _, _)):
        pending.append(TypePair(next, otherNext))
      case (
        .functionPrototype(let result, let parameters, let isVariadic),
        .functionPrototype(let otherResult, let otherParameters, let isOtherVariadic)
      ):
        guard parameters.count == otherParameters.count, isVariadic == isOtherVariadic else { return false }
        pending.append(TypePair(result, otherResult))
        pending += zip(parameters, otherParameters).map { TypePair($0.type, $1.type) }
      default: return false
      }
    }
    return true
  }
}

/// A type of an object and one of its target.
private struct TypePair: Hashable {
  var local: BTF.TypeID
  var target: BTF.TypeID

  init(_ local: BTF.TypeID, _ target: BTF.TypeID) {
    self.local = local
    self.target = target
  }
}
