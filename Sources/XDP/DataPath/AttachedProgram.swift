import BPFMaps

/// A program at work: what decides, and the maps that its redirects may name.
public final class AttachedProgram: Sendable {
  /// What decides.
  public let engine: any ExecutionEngine
  private let redirectMaps: [any RedirectMap]
  /// Which maps these are, to be found without retaining them: what may be referred to weakly is slow to retain.
  private let redirectMapNames: [ObjectIdentifier]

  /// A program over its maps; of these only those count that packets are redirected to.
  init(_ engine: any ExecutionEngine, maps: [UserMap]) {
    self.engine = engine
    redirectMaps = maps.compactMap { $0 as? any RedirectMap }
    redirectMapNames = redirectMaps.map { ObjectIdentifier($0) }
  }

  /// The map that a redirect named, nil where it named an interface, or a map that is not the program's.
  func redirectMap(_ name: ObjectIdentifier?) -> (any RedirectMap)? {
    guard let name, let index = redirectMapNames.firstIndex(of: name) else { return nil }
    return redirectMaps[index]
  }
}
