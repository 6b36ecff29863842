public import BTF

/// A field of a map's value that belongs to the engine: helpers work on it, updates leave it as it is.
///
/// A field is one by the name of its type: a member of the value's struct, or a variable of a data section.
public struct KernelField: Hashable, Sendable {
  /// What a field is.
  public enum Kind: Hashable, Sendable, CaseIterable {
    /// `struct bpf_spin_lock`: a word that is 0 while nobody holds the lock and 1 while somebody does.
    case spinLock
    /// `struct bpf_timer`.
    case timer

    /// The C name of the type, without `struct`.
    public var typeName: String {
      switch self {
      case .spinLock: "bpf_spin_lock"
      case .timer: "bpf_timer"
      }
    }

    /// Its size.
    public var byteCount: Int {
      switch self {
      case .spinLock: 4
      case .timer: 16
      }
    }
  }

  /// What it is.
  public var kind: Kind
  /// Bytes from the start of the value.
  public var offset: Int

  /// Makes a field.
  public init(_ kind: Kind, at offset: Int) {
    self.kind = kind
    self.offset = offset
  }
}

extension BTF {
  /// The engine's fields in values of a type, in order of offset.
  public func kernelFields(in type: TypeID) -> [KernelField] {
    let places: [(type: TypeID, offset: Int)] =
      switch self[resolved(type)] {
      case .structure(let composite): composite.members.map { ($0.type, $0.bitOffset / 8) }
      case .dataSection(_, _, let variables):
        variables.compactMap { place in
          if case .variable(_, let type, _) = self[place.type] { (type, place.offset) } else { nil }
        }
      default: []
      }
    return places.compactMap { place in
      guard case .structure(let composite) = self[resolved(place.type)],
        let kind = KernelField.Kind.allCases.first(where: { $0.typeName == composite.name })
      else { return nil }
      return KernelField(kind, at: place.offset)
    }.sorted { $0.offset < $1.offset }
  }
}
