import Synchronization

/// Types by name, without the part that marks a CO-RE flavour; made when it is first asked for.
final class NameIndex: Sendable {
  private struct Chains {
    /// The last type of a name.
    var heads: [String: BTF.TypeID] = [:]
    /// By type, the one before it of the same name, or 0.
    var previous: [BTF.TypeID] = []
  }
  private let chains = Mutex<Chains?>(nil)

  /// The types whose name without its flavour is `name`, in ascending order.
  func types(named name: String, of btf: borrowing BTF) -> [BTF.TypeID] {
    let types = btf.types
    return chains.withLock { chains in
      let found = chains ?? Self.makeChains(types)
      chains = found
      var ids: [BTF.TypeID] = []
      var id = found.heads[name] ?? 0
      while id != 0 {
        ids.append(id)
        id = found.previous[Int(id)]
      }
      return ids.reversed()
    }
  }

  private static func makeChains(_ types: [BTFType]) -> Chains {
    var chains = Chains()
    chains.previous = Array(repeating: 0, count: types.count)
    chains.heads.reserveCapacity(types.count / 2)
    for (index, type) in types.enumerated() {
      let name = BTF.essentialName(type.name)
      guard !name.isEmpty else { continue }
      let id = BTF.TypeID(truncatingIfNeeded: index)
      if let before = chains.heads.updateValue(id, forKey: name) { chains.previous[index] = before }
    }
    return chains
  }
}
