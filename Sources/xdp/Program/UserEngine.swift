import BPF
import BPFJIT
import BPFMaps
import BPFRuntime
import BPFVerifier
import BTF
import XDP

/// A program in the user-space engine, with its maps made and filled.
final class UserEngine {
  /// What runs the program.
  enum Kind {
    case interpreter, oracle, machineCode
    /// Machine code where there can be any, else the interpreter.
    case fastest
  }

  /// The program.
  let program: Program
  /// What runs it.
  let engine: any ExecutionEngine
  /// Why the interpreter runs what machine code was wanted for; nil where it does not.
  let fallback: String?
  /// Ends whatever runs.
  let stop: StopRequest
  private let loaded: LoadedObject
  /// The machine code of all programs, the one that runs first; none for an interpreter.
  private let machineCode: [(program: VerifiedProgram, compiled: CompiledProgram)]

  /// Loads a program, and those that its program arrays name, and fills maps; what a silent one prints is dropped.
  init(
    _ admitted: AdmittedPrograms,
    _ options: RunOptions,
    kind: Kind = .interpreter,
    isSilent: Bool = false,
    stop: StopRequest = StopRequest()
  ) throws(CommandError) {
    self.stop = stop
    let programs = admitted.programs
    program = programs[0]
    var load = options.load
    load.stop = stop
    if isSilent { load.printer = nil }
    if let routes = options.routes { load.routes = try RouteFile(path: routes).table }
    do {
      loaded = try admitted.load(load)
      var fallback: String?
      var machineCode: [(program: VerifiedProgram, compiled: CompiledProgram)] = []
      switch kind {
      case .interpreter: engine = loaded.engines[0]
      case .oracle: engine = try loaded.oracle(for: loaded.engines[0])
      case .machineCode:
        if case .unverified = admitted {
          throw CommandError.badInput(
            "--engine jit: machine code checks nothing, so --unverified programs run in an interpreter"
          )
        }
        do throws(Uncompiled) { machineCode = try Self.compile(admitted, in: loaded) } catch {
          throw CommandError.refused("--engine jit: \(error.reason)")
        }
        engine = machineCode[0].compiled
      case .fastest:
        do throws(Uncompiled) {
          machineCode = try Self.compile(admitted, in: loaded)
          engine = machineCode[0].compiled
        } catch {
          engine = loaded.engines[0]
          fallback = error.reason
        }
      }
      self.fallback = fallback
      self.machineCode = machineCode
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

  /// Why there is no machine code for a load.
  struct Uncompiled: Error {
    var reason: String
  }

  /// Machine code for all programs, the first of which is the one that runs.
  private static func compile(
    _ admitted: AdmittedPrograms,
    in loaded: LoadedObject
  ) throws(Uncompiled) -> [(program: VerifiedProgram, compiled: CompiledProgram)] {
    guard case .verified(let programs) = admitted else {
      throw Uncompiled(reason: "machine code checks nothing, so --unverified programs run in the interpreter")
    }
    var compiled: [(program: VerifiedProgram, compiled: CompiledProgram)] = []
    for program in programs {
      do throws(CompilationError) {
        compiled.append((program, try loaded.compiled(program)))
      } catch {
        throw Uncompiled(reason: "program '\(program.program.name)', \(error)")
      }
    }
    return compiled
  }

  /// The functions of the machine code with their places, for `perf`.
  var symbols: [PerfMap.Symbol] {
    guard let host = InstructionSet.host else { return [] }
    return machineCode.flatMap { program, compiled -> [PerfMap.Symbol] in
      guard let listing = try? loaded.listing(of: program, for: host) else { return [] }
      let functions = listing.functions
      let base = compiled.mainAddress - UInt64(functions.first { $0.slot == 0 }?.offset ?? 0)
      return functions.indices.map { index in
        let start = functions[index].offset
        let end = index + 1 < functions.count ? functions[index + 1].offset : listing.bytes.count
        let name = "xdp:\(program.program.name):\(functions[index].name)"
        return PerfMap.Symbol(start: base + UInt64(start), byteCount: end - start, name: name)
      }
    }
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
