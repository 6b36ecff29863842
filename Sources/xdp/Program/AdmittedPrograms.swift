import BPF
import BPFVerifier
import XDP

/// Programs that may run: proved safe, or taken as they are because somebody asked for that.
enum AdmittedPrograms {
  case verified([VerifiedProgram])
  case unverified([Program])

  /// The programs, the one that is asked for first.
  var programs: [Program] {
    switch self {
    case .verified(let programs): programs.map(\.program)
    case .unverified(let programs): programs
    }
  }

  /// Makes their maps and binds them.
  func load(_ options: LoadOptions) throws(LoadError) -> LoadedObject {
    switch self {
    case .verified(let programs): try LoadedObject(programs, options: options)
    case .unverified(let programs): try LoadedObject(unverified: programs, options: options)
    }
  }
}
