import BTF

/// What an access at an offset of a struct meets, member by member (`btf_struct_walk`).
struct TypeWalk {
  /// What lies there.
  enum Outcome: Hashable {
    /// A number, or some of its bytes.
    case number
    /// A pointer to a struct, through the member of this name, with the tag of what it points to.
    case pointer(BTF.TypeID, member: String, tag: String)
    /// A pointer to something that is no struct.
    case plainPointer
    /// Nothing that could be accessed so, and why.
    case nothing(String)
  }

  private let types: BTF
  /// Whether a union of several members was on the way: what a pointer in it points to cannot be told.
  private(set) var crossesUnion = false
  /// Whether the pointer may be stale, so that it need not be in bounds of a member.
  private let isUntrusted: Bool
  /// The innermost struct that was looked at.
  private(set) var innermost: BTF.TypeID = 0

  init(_ types: BTF, isUntrusted: Bool) {
    self.types = types
    self.isUntrusted = isUntrusted
  }

  mutating func outcome(of id: BTF.TypeID, at offset: Int64, _ size: Int) -> Outcome {
    var id = types.resolved(id)
    var offset = offset
    let size = Int64(size)
    for _ in 0..<64 {
      let composite: BTFType.Composite
      innermost = id
      switch types[id] {
      case .structure(let found): composite = found
      case .union(let found):
        composite = found
        if found.members.count != 1 { crossesUnion = true }
      default: return .nothing("the type is no struct")
      }
      if offset + size > Int64(composite.byteCount) {
        guard let next = flexibleElement(of: composite, &offset) else {
          return .nothing(
            "accesses bytes \(offset) to \(offset + size) of 'struct \(composite.name)', which has \(composite.byteCount)"
          )
        }
        if case .integer = types[next] { return .number }
        id = next
        continue
      }
      switch step(in: composite, offset, size) {
      case .found(let outcome): return outcome
      case .inside(let next, let rest): (id, offset) = (next, rest)
      }
    }
    return .nothing("the type is nested too deep")
  }

  private enum Step {
    case found(Outcome)
    case inside(BTF.TypeID, Int64)
  }

  private func step(in composite: BTFType.Composite, _ offset: Int64, _ size: Int64) -> Step {
    for member in composite.members {
      var start = Int64(member.bitOffset / 8)
      if offset + size <= start { break }
      if member.bitFieldWidth > 0 {
        let end = Int64(member.bitOffset + member.bitFieldWidth + 7) / 8
        if offset <= start, end <= offset + size { return .found(.number) }
        continue
      }
      if offset < start { break }
      guard let whole = types.byteCount(of: member.type) else {
        return .found(.nothing("the member '\(member.name)' has no size"))
      }
      let end = start + Int64(whole)
      if offset >= end { continue }
      var type = types.resolved(member.type)
      var isArray = false
      while case .array(let element, _, _) = types[type] {
        type = types.resolved(element)
        isArray = true
      }
      let count = Int64(types.byteCount(of: type) ?? 0)
      if isArray, count > 0 { start += (offset - start) / count * count }
      switch types[type] {
      case .structure, .union: return .inside(type, offset - start)
      case .pointer(let target):
        guard size == count, offset == start else {
          return .found(
            .nothing("the pointer '\(member.name)' at offset \(start) is only accessed whole")
          )
        }
        return .found(pointer(to: target, member.name))
      default:
        if offset + size > end, !isUntrusted, !crossesUnion {
          return .found(.nothing("accesses bytes beyond the end of the member '\(member.name)'"))
        }
        return .found(.number)
      }
    }
    return .found(.nothing("'struct \(composite.name)' has no field at offset \(offset)"))
  }

  private func pointer(to target: BTF.TypeID, _ member: String) -> Outcome {
    var tag = ""
    if case .typeTag(let name, _, false) = types[target] { tag = name }
    let pointee = types.resolved(target)
    switch types[pointee] {
    case .structure, .union: return .pointer(pointee, member: member, tag: tag)
    case .forward(let name, _):
      // Declared here and defined elsewhere in the same types, where that is known.
      if let found = types.find(named: name, kind: .structure) {
        return .pointer(found, member: member, tag: tag)
      }
      return .plainPointer
    default: return .plainPointer
    }
  }

  /// What the elements of a last array without a length are, with the offset in one of them.
  private func flexibleElement(of composite: BTFType.Composite, _ offset: inout Int64) -> BTF.TypeID? {
    guard let last = composite.members.last,
      case .array(let element, _, 0) = types[types.resolved(last.type)],
      offset >= Int64(last.bitOffset / 8)
    else { return nil }
    let type = types.resolved(element)
    guard let count = types.byteCount(of: type), count > 0 else { return nil }
    switch types[type] {
    case .integer: break
    case .structure, .union: offset = (offset - Int64(last.bitOffset / 8)) % Int64(count)
    default: return nil
    }
    return type
  }
}
