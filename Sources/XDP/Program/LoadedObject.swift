public import BPF
public import BPFJIT
public import BPFMaps
public import BPFRuntime
public import BPFVerifier

/// The programs of one object, ready to run in user space, and the maps that they share.
///
///     let verified = try Verifier(.xdp()).verify(object.linked(kernel: nil))
///     let loaded = try LoadedObject(verified)
///
/// A program is proved safe first. One that is not, because nobody asked or because it was refused, can be loaded by
/// `init(unverified:options:)`: the interpreter checks every access, and stops a run that leaves its bounds.
///
/// Programs have ids here as they have in the kernel: 1 for the first, and so on. Control planes put these ids into
/// program arrays and devmaps. Keep the object as long as its programs run: without it, program arrays are empty.
public final class LoadedObject: Sendable {
  /// The maps by their index in `Program.maps`.
  public let maps: [UserMap]
  /// The programs in the order they were given.
  public let engines: [Interpreter]
  /// What will trap if a run gets there, such as a helper that does not exist here; each begins with the program's name.
  public let warnings: [String]
  private let options: LoadOptions

  /// Makes the maps, binds every program to them, and fills in what the maps hold from the start.
  ///
  /// The programs must be of one object: they share its maps. The read-only bytes that a proof relied on are those of the
  /// program's own maps, so they hold.
  public convenience init(
    _ programs: [VerifiedProgram],
    options: LoadOptions = LoadOptions()
  ) throws(LoadError) {
    for program in programs where program.processorCount < options.cpuCount {
      throw .moreProcessors(
        program: program.program.name,
        proven: program.processorCount,
        asked: options.cpuCount
      )
    }
    try self.init(unverified: programs.map(\.program), options: options)
  }

  /// Does the same with programs that were not proved safe.
  public init(unverified programs: [Program], options: LoadOptions = LoadOptions()) throws(LoadError) {
    guard let first = programs.first else { throw .noPrograms }
    for (index, program) in programs.enumerated() {
      if program.maps != first.maps { throw .differentMaps(program: program.name) }
      if programs[..<index].contains(where: { $0.name == program.name }) {
        throw .duplicateProgram(program.name)
      }
    }
    let maps = try Self.makeMaps(first.maps, options)
    let engines = try Self.bind(programs, to: maps, options)
    self.maps = maps
    self.engines = engines
    self.options = options
    warnings = engines.flatMap(\.warnings)
    try linkPrograms()
  }

  deinit {
    engines.first?.timers.removeAll()
    // Programs hold their maps, and these maps their programs.
    for map in maps { (map as? any ProgramHolder)?.removeAllPrograms() }
  }

  /// The program of a name, or nil.
  public func engine(named name: String) -> Interpreter? { engines.first { $0.program.name == name } }

  /// The oracle for a program of this load, over the same maps.
  public func oracle(
    for engine: Interpreter,
    stackPolicy: OracleInterpreter.StackPolicy = .trap
  ) throws(LoadError) -> OracleInterpreter {
    let program = engine.program
    do throws(BindingError) {
      return try OracleInterpreter(
        program,
        in: .xdp(for: program.attachType, maps: maps, budget: options.budget, timers: engine.timers),
        stackPolicy: stackPolicy
      )
    } catch { throw .binding(error) }
  }

  /// Machine code for a program of this load, over the same maps.
  ///
  /// Programs that come to it by a tail call must be compiled too.
  ///
  /// - Parameter program: One of the programs that were loaded, as it was verified.
  /// - Returns: The engine.
  /// - Throws: Why there can be no machine code here.
  public func compiled(_ program: VerifiedProgram) throws(CompilationError) -> CompiledProgram {
    try compiled(program, on: HostProcessor())
  }

  /// Does the same for a processor that may not be the one here.
  package func compiled(
    _ program: VerifiedProgram,
    on processor: any Processor
  ) throws(CompilationError) -> CompiledProgram {
    let (engine, environment) = try bound(program)
    let batch = Self.batch(of: program)
    let compiled = try CompiledProgram(
      program,
      in: environment,
      batch: batch,
      timedBy: engine,
      on: processor
    )
    engine.keepCompiled(compiled, at: compiled.mainAddress, for: compiled.host)
    return compiled
  }

  /// The machine code of a program of this load as bytes, for any processor.
  ///
  /// - Parameters:
  ///   - program: One of the programs that were loaded, as it was verified.
  ///   - instructionSet: The processor that the code is for.
  /// - Returns: The code with its symbols.
  /// - Throws: Why there can be no machine code here.
  public func listing(
    of program: VerifiedProgram,
    for instructionSet: InstructionSet
  ) throws(CompilationError) -> CodeListing {
    let environment = try bound(program).environment
    return try CodeListing(of: program, in: environment, for: instructionSet, batch: Self.batch(of: program))
  }

  private static func batch(of program: VerifiedProgram) -> BatchLayout? {
    .packets(for: program.program)
  }

  /// The engine of a program that was proved, and what machine code is bound to.
  private func bound(
    _ program: VerifiedProgram
  ) throws(CompilationError) -> (engine: Interpreter, environment: Environment) {
    // Machine code checks nothing: what was proved must be what is bound here, over maps of the same shapes and bytes.
    guard let engine = engine(named: program.program.name),
      engine.program.instructions == program.program.instructions,
      engine.program.maps == program.program.maps, program.processorCount >= options.cpuCount
    else {
      throw CompilationError(
        slot: nil,
        reason: "the program '\(program.program.name)' was not proved for this load"
      )
    }
    let environment = Environment.xdp(
      for: program.program.attachType,
      maps: maps,
      budget: options.budget,
      timers: engine.timers
    )
    return (engine, environment)
  }

  /// The map of a name, or nil.
  public func map(named name: String) -> UserMap? { maps.first { $0.definition.name == name } }

  /// The map that a redirect named, or nil where it named an interface.
  public func map(of target: RedirectTarget) -> UserMap? { maps.first { ObjectIdentifier($0) == target.map } }

  /// A worker with the load's clock, seed and printer: `cpu` is below `cpuCount`.
  public func makeWorker(cpu: Int = 0) -> Worker {
    precondition(cpu >= 0 && cpu < options.cpuCount, "a worker is one of the load's CPUs")
    var worker = Worker(cpu: cpu, clock: options.clock, seed: options.seed, printer: options.printer)
    worker.machine.state.stop = options.stop
    worker.routes = options.routes
    return worker
  }

  /// Makes every map and fills in data sections.
  private static func makeMaps(
    _ definitions: [MapDefinition],
    _ options: LoadOptions
  ) throws(LoadError) -> [UserMap] {
    var maps: [UserMap] = []
    do throws(MapError) {
      for definition in definitions {
        let map = try UserMap.make(
          definition.fitted(cpuCount: options.cpuCount),
          cpuCount: options.cpuCount,
          memory: options.memoryLimit,
          hashSeed: options.seed ?? .random(in: 0...UInt64.max)
        )
        if case .section(let section, let bytes) = definition.initialContents, section != .zero {
          let missing = max(0, definition.valueSize - bytes.count)
          try map.update([0, 0, 0, 0], to: bytes + [UInt8](repeating: 0, count: missing), .any)
          if section == .readOnly || section == .kconfig { try map.freeze() }
        }
        maps.append(map)
      }
      for map in maps {
        guard case .maps(let slots) = map.definition.initialContents else { continue }
        for (slot, index) in slots.sorted(by: { $0.key < $1.key }) {
          let padding = [UInt8](repeating: 0, count: max(0, map.definition.keySize - 4))
          try map.update(bytes(UInt32(slot)) + padding, to: bytes(maps[index].id), .any)
        }
      }
    } catch { throw .map(error) }
    return maps
  }

  /// A number as maps have it, the lowest byte first.
  private static func bytes(_ number: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }

  private static func bind(
    _ programs: [Program],
    to maps: [UserMap],
    _ options: LoadOptions
  ) throws(LoadError) -> [Interpreter] {
    var engines: [Interpreter] = []
    let timers = TimerTable()
    do throws(BindingError) {
      for program in programs {
        engines.append(
          try Interpreter(
            program,
            in: .xdp(for: program.attachType, maps: maps, budget: options.budget, timers: timers)
          )
        )
      }
    } catch { throw .binding(error) }
    return engines
  }

  /// The program of an id: 1 for the first.
  private func engine(id: UInt32) -> Interpreter? {
    id >= 1 && id <= engines.count ? engines[Int(id) - 1] : nil
  }

  /// Lets maps find programs by id, and fills program arrays.
  private func linkPrograms() throws(LoadError) {
    let resolver: ProgramResolver = { [weak self] id in self?.engine(id: id) }
    for map in maps {
      (map as? any ProgramHolder)?.resolvePrograms(with: resolver)
      guard let array = map as? ProgramArrayMap,
        case .programs(let names) = map.definition.initialContents
      else { continue }
      for (index, name) in names.sorted(by: { $0.key < $1.key }) { try put(name, into: array, at: index) }
    }
  }

  private func put(_ name: String, into array: ProgramArrayMap, at index: Int) throws(LoadError) {
    guard let position = engines.firstIndex(where: { $0.program.name == name }) else {
      throw .unknownProgram(name, map: array.definition.name, index: index)
    }
    do throws(MapError) {
      try array.set(engines[position], id: UInt32(position + 1), at: UInt32(clamping: index))
    } catch { throw .map(error) }
  }
}
