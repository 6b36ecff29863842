extension AccessPath {
  /// The same way through a type of another BTF; nil if it doesn't lead through.
  ///
  /// Fields are found by name wherever they are, elements must be within the target's arrays, and the types of
  /// fields must be compatible.
  func matched(
    by candidate: BTF.TypeID,
    in target: BTF,
    local: BTF
  ) throws(BTFError.RelocationFault) -> AccessPath? {
    var path = AccessPath(root: candidate)
    var id = candidate
    for (position, step) in steps.enumerated() {
      id = target.resolved(id)
      if let name = step.name {
        guard let found = target.declaration(of: name, in: id), let composite = local[step.type].composite,
          local.isFieldCompatible(composite.members[step.index].type, with: found.member.type, in: target),
          path.advance(byBits: found.start + found.member.bitOffset)
        else { return nil }
        path.steps.append(Step(type: found.composite, index: found.index, name: name))
        id = found.member.type
      } else {
        if position > 0 {
          guard case .array(let element, _, let count) = target[id],
            step.index < count || path.endsInFlexibleArray(of: count, in: target)
          else { return nil }
          id = target.resolved(element)
        }
        path.steps.append(Step(type: id, index: step.index, name: nil))
        guard path.advance(by: step.index, of: id, in: target) else {
          throw .unsuitableType(target[id].kind)
        }
      }
    }
    return path
  }

  /// The enumerator of the same name, flavours aside, of another BTF's enumeration.
  func matchedEnumerator(by candidate: BTF.TypeID, in target: BTF) -> AccessPath? {
    let id = target.resolved(candidate)
    guard case .enumeration(_, _, _, let values) = target[id], let name = steps.first?.name else {
      return nil
    }
    let essential = BTF.essentialName(name)
    guard let index = values.firstIndex(where: { BTF.essentialName($0.name) == essential }) else {
      return nil
    }
    return AccessPath(root: candidate, steps: [Step(type: id, index: index, name: values[index].name)])
  }
}
