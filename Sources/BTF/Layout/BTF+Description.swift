extension BTF {
  /// A type as a person names it: `struct iphdr`, `typedef u32`, `anonymous union`, `pointer`.
  public func description(of id: TypeID) -> String {
    let type = self[id]
    switch type {
    case .structure, .union, .enumeration:
      return type.name.isEmpty ? "anonymous \(type.kind)" : "\(type.kind) \(type.name)"
    case .forward(let name, let isUnion): return "\(isUnion ? "union" : "struct") \(name)"
    case .integer, .float: return type.name
    default: return type.name.isEmpty ? "\(type.kind)" : "\(type.kind) \(type.name)"
    }
  }
}
