extension BTF {
  /// The alignment of a type in bytes, 1 of one that has no size.
  ///
  /// BTF doesn't say it: a struct is aligned as its most aligned member, unless its members don't lie that way,
  /// for then it is packed.
  public func alignment(of id: TypeID) -> Int {
    var alignments = Alignments(btf: self)
    return alignments[id]
  }
}

/// The alignments of a BTF's types, each worked out once.
struct Alignments {
  let btf: BTF
  private var known: [BTF.TypeID: Int] = [:]

  init(btf: BTF) { self.btf = btf }

  subscript(id: BTF.TypeID) -> Int {
    mutating get {
      let id = btf.resolved(id)
      switch btf[id] {
      case .integer(_, let byteCount, _, _, _), .enumeration(_, let byteCount, _, _): return byteCount
      case .float(_, let byteCount): return byteCount & -byteCount
      case .pointer: return 8
      case .array(let element, _, _): return self[element]
      case .variable(_, let type, _): return self[type]
      case .structure(let composite), .union(let composite):
        if let alignment = known[id] { return alignment }
        let alignment = isPacked(composite) ? 1 : natural(composite)
        known[id] = alignment
        return alignment
      default: return 1
      }
    }
  }

  /// Whether members lie where C puts them only in a packed struct.
  mutating func isPacked(_ composite: BTFType.Composite) -> Bool {
    for (index, member) in composite.members.enumerated() {
      let place = btf.place(of: member, at: index, in: 0, from: 0)
      if place.bitFieldWidth == 0 {
        if place.bitOffset % (8 * self[member.type]) != 0 { return true }
      } else {
        // The types of bit-fields are as large as they are aligned.
        let unit = 8 * self[member.type]
        if place.bitOffset % unit + place.bitFieldWidth > unit { return true }
      }
    }
    return composite.byteCount % natural(composite) != 0
  }

  private mutating func natural(_ composite: BTFType.Composite) -> Int {
    var alignment = 1
    for member in composite.members { alignment = max(alignment, self[member.type]) }
    return alignment
  }
}
