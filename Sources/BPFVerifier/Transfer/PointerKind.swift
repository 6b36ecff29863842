/// What a load or store went through on one way: code is made for one kind of pointer.
struct PointerKind: Hashable {
  private var kind: RegisterState.Kind
  private var traits: RegisterState.Traits

  /// On no way yet.
  static let none = PointerKind(.uninitialized, [])

  private init(_ kind: RegisterState.Kind, _ traits: RegisterState.Traits) {
    self.kind = kind
    self.traits = traits
  }

  /// What is accessed through a register; what a load reads of an object may be stale on one way and not on another.
  init(_ pointer: RegisterState, isLoad: Bool) {
    self.init(pointer.kind, [])
    guard pointer.kind == .object || pointer.kind == .memory else { return }
    if isLoad {
      // Loads that may fault are made for any of these, and are kept from faulting for all.
      if pointer.kind == .memory, pointer.traits.contains(.untrusted) { kind = .object }
    } else {
      traits = pointer.traits.subtracting([.slice, .packetSlice, .ringRecord])
      if pointer.kind == .memory { traits = [] }
    }
  }

  /// Whether code can be made for both.
  func fits(_ other: PointerKind) -> Bool {
    self == other || !(isSpecial || other.isSpecial)
  }

  private var isSpecial: Bool {
    switch kind {
    case .context, .socket, .socketCommon, .tcpSocket, .xdpSocket, .object, .arena: true
    default: false
    }
  }
}
