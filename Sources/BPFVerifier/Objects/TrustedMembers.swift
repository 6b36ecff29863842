import BTF

/// Members of kernel structs that point to what lives as long as the struct, or within a read-side critical section.
///
/// The kernel's types say which: for `struct task_struct` a `struct task_struct__safe_rcu` has those members alone.
struct TrustedMembers {
  /// How alive what a member points to is.
  enum Life: String, Hashable, CaseIterable {
    case trusted = "__safe_trusted"
    case trustedOrNull = "__safe_trusted_or_null"
    case readSection = "__safe_rcu"
    case readSectionOrNull = "__safe_rcu_or_null"
  }

  private let types: BTF

  init(_ types: BTF) { self.types = types }

  /// What is promised of a member; nil for nothing.
  func life(of member: String, in structure: String) -> Life? {
    Life.allCases.first { life in
      guard let id = types.find(named: structure + life.rawValue, kind: .structure),
        case .structure(let composite) = types[id]
      else { return false }
      return composite.members.contains { $0.name == member }
    }
  }
}
