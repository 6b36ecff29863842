import BPF
import BPFJIT
import BPFMaps
import BPFRuntime
import BTF
import XDP

/// A program in the user-space engine, with its maps made and filled.
final class UserEngine {
  /// What runs the program.
  enum Kind {
    case interpreter, oracle, machineCode
  }

  /// The program.
  let program: Program
  /// What runs it.
  let engine: any ExecutionEngine
  /// Ends whatever runs.
  let stop = StopRequest()
  private let loaded: LoadedObject

  /// Loads a program, and those that its program arrays name, and fills maps; what a silent one prints is dropped.
  init(
    _ admitted: AdmittedPrograms,
    _ options: RunOptions,
    kind: Kind = .interpreter,
    isSilent: Bool = false
  ) throws(CommandError) {
    let programs = admitted.programs
    program = programs[0]
    var load = options.load
    load.stop = stop
    if isSilent { load.printer = nil }
    if let routes = options.routes { load.routes = try RouteFile(path: routes).table }
    do {
      loaded = try admitted.load(load)
      switch kind {
      case .interpreter: engine = loaded.engines[0]
      case .oracle: engine = try loaded.oracle(for: loaded.engines[0])
      case .machineCode: engine = try Self.compile(admitted, in: loaded)
      }
    } catch let error as LoadError {
      throw .badInput("\(error)")
    } catch let error as CommandError {
      throw error
    } catch {
      throw .refused("\(error)")
    }
    for map in loaded.maps { (map as? PerfEventArrayMap)?.openAll() }
    for assignment in options.map {
      try MapFill(assignment).apply(to: loaded.maps, types: program.btf, programs: programs.map(\.name))
    }
  }

  /// Machine code for all programs, the first of which is the one that runs.
  private static func compile(
    _ admitted: AdmittedPrograms,
    in loaded: LoadedObject
  ) throws(CommandError) -> CompiledProgram {
    guard case .verified(let programs) = admitted else {
      throw .badInput(
        "--engine jit: machine code checks nothing, so --unverified programs run in an interpreter"
      )
    }
    var first: CompiledProgram?
    for program in programs {
      do throws(CompilationError) {
        let compiled = try loaded.compiled(program)
        first = first ?? compiled
      } catch {
        throw .refused("--engine jit: program '\(program.program.name)', \(error)")
      }
    }
    guard let first else { throw .badInput("there is no program") }
    return first
  }

  /// The oracle over the same maps, for runs that are watched; as lenient about the stack as the engine.
  var watchedEngine: OracleInterpreter {
    get throws(CommandError) {
      if let oracle = engine as? OracleInterpreter { return oracle }
      do throws(LoadError) {
        return try loaded.oracle(for: loaded.engines[0], stackPolicy: .readAsZero)
      } catch {
        throw .badInput("\(error)")
      }
    }
  }

  /// The program's name.
  var name: String { program.name }
  /// What a person should know before the run.
  var warnings: [String] { program.warnings + loaded.warnings }
  /// The types that name keys and values.
  var types: BTF? { program.btf }
  /// The maps, by their index in the program.
  var maps: [any BPFMap] { loaded.maps }
  /// The same maps, as the data path redirects through them.
  var userMaps: [UserMap] { loaded.maps }
  /// A worker with the clock and the seed that were asked for.
  var worker: Worker { loaded.makeWorker() }

  /// A redirect with its map's name.
  func report(_ target: RedirectTarget) -> RedirectReport {
    RedirectReport(
      map: loaded.map(of: target)?.definition.name,
      key: target.key,
      ifindex: target.ifindex,
      flags: UInt64(target.flags.rawValue)
    )
  }
}
