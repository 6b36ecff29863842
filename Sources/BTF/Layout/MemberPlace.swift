extension BTF {
  /// Where a member, or an element of one, lies within a type.
  public struct MemberPlace: Hashable, Sendable {
    /// The struct or union that declares the member; 0 for a place that is no member.
    public var composite: TypeID
    /// The member's position in it.
    public var index: Int
    /// Its type.
    public var type: TypeID
    /// From the start of the outermost type.
    public var bitOffset: Int
    /// The width of a bit-field, else 0.
    public var bitFieldWidth: Int

    /// From the start of the outermost type, in whole bytes; of a bit-field where its first bit is.
    public var byteOffset: Int { bitOffset / 8 }
  }

  /// Finds a member by name, also within anonymous structs and unions.
  ///
  /// `id` may be an alias of the struct or union; nil if it is none or has no such member.
  public func member(_ name: String, of id: TypeID) -> MemberPlace? {
    declaration(of: name, in: id).map { place(of: $0.member, at: $0.index, in: $0.composite, from: $0.start) }
  }

  /// A member as it is declared, with the bit offset of the struct or union that declares it.
  func declaration(
    of name: String,
    in id: TypeID
  ) -> (composite: TypeID, index: Int, member: BTFType.Member, start: Int)? {
    guard !name.isEmpty else { return nil }
    var seen: Set<TypeID> = []
    var pending = [(id: resolved(id), start: 0)]
    while let (id, start) = pending.popLast() {
      guard let composite = self[id].composite, seen.insert(id).inserted else { continue }
      for (index, member) in composite.members.enumerated() {
        if member.name == name { return (id, index, member, start) }
        if member.name.isEmpty { pending.append((resolved(member.type), start + member.bitOffset)) }
      }
    }
    return nil
  }

  /// The names that `member(_:of:)` finds, in the order of declaration.
  public func memberNames(of id: TypeID) -> [String] {
    var names: [String] = []
    var seen: Set<TypeID> = []
    collectMemberNames(of: resolved(id), into: &names, seen: &seen)
    return names
  }

  private func collectMemberNames(of id: TypeID, into names: inout [String], seen: inout Set<TypeID>) {
    guard let composite = self[id].composite, seen.insert(id).inserted else { return }
    for member in composite.members {
      if member.name.isEmpty {
        collectMemberNames(of: resolved(member.type), into: &names, seen: &seen)
      } else {
        names.append(member.name)
      }
    }
  }

  /// The place of a path such as `->address.bytes[3]`, `.x` or `[2].y`, from the start of `id`.
  ///
  /// Pointers on the way are not followed. An index may be past the end of an array of no elements.
  public func place(of path: String, in id: TypeID) throws(BTFError) -> MemberPlace {
    var place = MemberPlace(composite: 0, index: 0, type: id, bitOffset: 0, bitFieldWidth: 0)
    var walked = ""
    for step in try Self.steps(of: path) {
      switch step {
      case .member(let name):
        guard let next = member(name, of: place.type) else {
          throw BTFError(
            .value(.noSuchMember(name, known: memberNames(of: place.type))),
            in: .value(path: walked)
          )
        }
        walked += ".\(name)"
        let start = place.bitOffset
        place = next
        place.bitOffset = try sum(start, next.bitOffset, walked)
      case .element(let index):
        guard case .array(let element, _, let count) = self[resolved(place.type)],
          let byteCount = byteCount(of: element)
        else {
          let kind = self[resolved(place.type)].kind
          throw BTFError(
            .value(.mismatch(expected: "an array", found: "a \(kind)")),
            in: .value(path: walked)
          )
        }
        guard index < count || count == 0 else {
          throw BTFError(.value(.tooMany(count: index + 1, limit: count)), in: .value(path: walked))
        }
        walked += "[\(index)]"
        let (bytes, overflow) = byteCount.multipliedReportingOverflow(by: index)
        let (bits, overflowOfBits) = bytes.multipliedReportingOverflow(by: 8)
        if overflow || overflowOfBits { throw BTFError(.value(.tooComplex), in: .value(path: walked)) }
        place = MemberPlace(
          composite: 0,
          index: 0,
          type: element,
          bitOffset: try sum(place.bitOffset, bits, walked),
          bitFieldWidth: 0
        )
      }
    }
    return place
  }

  /// A member's place; the bits of an old-style bit-field stand in its integer type.
  func place(of member: BTFType.Member, at index: Int, in id: TypeID, from start: Int) -> MemberPlace {
    var place = MemberPlace(
      composite: id,
      index: index,
      type: member.type,
      bitOffset: start + member.bitOffset,
      bitFieldWidth: member.bitFieldWidth
    )
    if member.bitFieldWidth == 0,
      case .integer(_, let byteCount, let bitOffset, let bitCount, _) = self[resolved(member.type)],
      bitCount != byteCount * 8
    {
      place.bitOffset += bitOffset
      place.bitFieldWidth = bitCount
    }
    return place
  }

  private func sum(_ left: Int, _ right: Int, _ path: String) throws(BTFError) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    if overflow { throw BTFError(.value(.tooComplex), in: .value(path: path)) }
    return sum
  }

  private enum PathStep {
    case member(String)
    case element(Int)
  }

  private static func steps(of path: String) throws(BTFError) -> [PathStep] {
    let malformed = BTFError(
      .value(.mismatch(expected: "a path such as ->a.b[3]", found: "'\(path)'")),
      in: .value(path: "")
    )
    var steps: [PathStep] = []
    var rest = path[...]
    if rest.hasPrefix("->") { rest.removeFirst(2) } else if rest.hasPrefix(".") { rest.removeFirst() }
    var expectsName = rest.first != "["
    while !rest.isEmpty {
      if expectsName {
        let name = rest.prefix { $0 != "." && $0 != "[" }
        guard !name.isEmpty else { throw malformed }
        steps.append(.member(String(name)))
        rest = rest[name.endIndex...]
      } else {
        guard let end = rest.firstIndex(of: "]"), let index = Int(rest[..<end].dropFirst()), index >= 0 else {
          throw malformed
        }
        steps.append(.element(index))
        rest = rest[end...].dropFirst()
      }
      if rest.isEmpty { return steps }
      expectsName = rest.first == "."
      if expectsName { rest.removeFirst() } else if rest.first != "[" { throw malformed }
    }
    guard !steps.isEmpty, !expectsName else { throw malformed }
    return steps
  }
}
