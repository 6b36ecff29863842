extension BTF {
  /// The type behind typedefs, qualifiers and type tags.
  public func resolved(_ id: TypeID) -> TypeID {
    var id = id
    while true {
      switch self[id] {
      case .typedef(_, let target), .volatile(let target), .const(let target), .restrict(let target),
        .typeTag(_, let target, _):
        id = target
      default: return id
      }
    }
  }

  /// `sizeof` a type in bytes; nil for `void`, functions, forward declarations, and arrays whose size overflows.
  ///
  /// Of a variable the size of its type; pointers have 8 bytes as BPF has.
  public func byteCount(of id: TypeID) -> Int? {
    var id = id
    var count = 1
    while true {
      let byteCount: Int
      switch self[id] {
      case .typedef(_, let target), .volatile(let target), .const(let target), .restrict(let target),
        .typeTag(_, let target, _), .variable(_, let target, _):
        id = target
        continue
      case .array(let element, _, let elementCount):
        let (product, overflow) = count.multipliedReportingOverflow(by: elementCount)
        if overflow { return nil }
        count = product
        id = element
        continue
      case .integer(_, let size, _, _, _), .enumeration(_, let size, _, _), .float(_, let size),
        .dataSection(_, let size, _):
        byteCount = size
      case .structure(let composite), .union(let composite): byteCount = composite.byteCount
      case .pointer: byteCount = 8
      case .void, .forward, .function, .functionPrototype, .declarationTag: return nil
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: byteCount)
      return overflow ? nil : product
    }
  }
}
