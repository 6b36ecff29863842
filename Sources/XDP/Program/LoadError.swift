public import BPF
public import BPFRuntime

/// Why the programs of an object cannot be loaded into user space.
public enum LoadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no program to load.
  case noPrograms
  /// Two programs have the same name, so that no name would tell them apart.
  case duplicateProgram(String)
  /// The programs do not share one list of maps: they are of different objects.
  case differentMaps(program: String)
  /// A map cannot be made or filled.
  case map(MapError)
  /// A program array is to hold a program that is not loaded.
  case unknownProgram(String, map: String, index: Int)
  /// A program is to run on more CPUs than its proof allows for.
  case moreProcessors(program: String, proven: Int, asked: Int)
  /// A program cannot be bound to its maps and helpers.
  case binding(BindingError)

  /// One line for a person.
  public var description: String {
    switch self {
    case .noPrograms: "the object has no program to load"
    case .duplicateProgram(let name): "two programs are called '\(name)'; load one of them by itself"
    case .differentMaps(let program):
      "program '\(program)' has other maps than the first: load one object at a time"
    case .map(let error): "\(error)"
    case .unknownProgram(let name, let map, let index):
      "map '\(map)': entry \(index) is to be program '\(name)', which is not loaded with it"
    case .moreProcessors(let program, let proven, let asked):
      "program '\(program)' is proved safe for \(proven) CPUs, and \(asked) are asked for: verify it for as many"
    case .binding(let error): "\(error)"
    }
  }
}
