public import BPF
public import BTF

/// The running kernel as an engine: makes maps and loads programs over bpf(2).
///
/// To ask the kernel what it makes of a few instructions, load them as a program that needs no object:
///
///     let program = Program("two", [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit], license: "GPL")
///     let result = try KernelEngine.load(program).testRun(packet: [UInt8](repeating: 0, count: 60))
///
/// Code that takes memory and a length, and not a packet's context, is a `KernelFunction`.
public enum KernelEngine {
  /// Whether programs can be loaded here.
  public static var isAvailable: Bool { unavailability == nil }

  /// Why programs cannot be loaded here, in words for a person; nil where they can.
  public static let unavailability: String? = {
    #if os(Linux)
    let probe = Program("probe", [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit])
    do throws(KernelError) {
      _ = try load(probe)
      return nil
    } catch {
      return error.description
    }
    #else
    return "bpf(2) is Linux's, and this is not Linux"
    #endif
  }()

  /// When the kernel's verifier writes its log.
  public enum LogLevel: UInt32, Hashable, Sendable {
    /// Only about a program that it refused, which is then loaded a second time with level 1.
    case onRefusal = 0
    /// What it made of the path it refused, and statistics.
    case brief = 1
    /// The state before every instruction.
    case full = 2
    /// Only statistics: instructions processed, states, time.
    case statistics = 4
  }

  /// Loads a program.
  ///
  /// - Parameters:
  ///   - program: A linked program.
  ///   - maps: The kernel's counterpart of every map in `program.maps`, in the same order; nil to make them.
  ///   - logLevel: When the verifier writes a log, which `LoadedProgram.log` or the error then has.
  ///   - ifindex: The interface for a device-bound program.
  /// - Returns: The program, which holds its maps.
  /// - Throws: The kernel's refusal, with its verifier's log where that was the cause.
  public static func load(
    _ program: Program,
    maps: [KernelMap]? = nil,
    logLevel: LogLevel = .onRefusal,
    ifindex: UInt32 = 0
  ) throws(KernelError) -> LoadedProgram {
    let types = KernelTypes.load(program.btf)
    let bound = if let maps { maps } else { try makeMaps(program.maps, types) }
    return try load(program, maps: bound, types, logLevel, ifindex: ifindex)
  }

  private static func load(
    _ program: Program,
    maps: [KernelMap],
    _ types: KernelTypes?,
    _ logLevel: LogLevel,
    ifindex: UInt32 = 0
  ) throws(KernelError) -> LoadedProgram {
    if let index = program.instructions.lazy.compactMap(\.mapIndex).first(where: {
      !maps.indices.contains($0)
    }) {
      throw KernelError(
        command: BPFCommand.programLoad.name,
        subject: program.name,
        code: .notSupported,
        advice: "it refers to map \(index), and there are \(maps.count) maps"
      )
    }
    return try ProgramLoad(KernelSymbols.resolve(program), maps: maps, types, ifindex: ifindex).perform(
      logLevel
    )
  }

  /// Loads the programs of one object over one set of maps, and puts them where its program arrays want them.
  public static func load(
    _ programs: [Program],
    logLevel: LogLevel = .onRefusal
  ) throws(KernelError) -> [LoadedProgram] {
    guard let definitions = programs.first?.maps else { return [] }
    let types = KernelTypes.load(programs[0].btf)
    let maps = try makeMaps(definitions, types)
    var loaded: [LoadedProgram] = []
    for program in programs { loaded.append(try load(program, maps: maps, types, logLevel)) }
    for (map, definition) in zip(maps, definitions) {
      guard case .programs(let slots) = definition.initialContents else { continue }
      for (slot, name) in slots.sorted(by: { $0.key < $1.key }) {
        guard let program = loaded.first(where: { $0.name == name }) else {
          throw KernelError(
            command: BPFCommand.mapUpdate.name,
            subject: definition.name,
            code: .noEntry,
            advice: "its position \(slot) is for the program '\(name)', which was not loaded"
          )
        }
        try map.store(program.id, at: slot)
      }
    }
    return loaded
  }

  /// Makes the maps of an object and fills them: data sections, then maps within maps.
  ///
  /// Read-only data is frozen. Program arrays stay empty until there are programs. Types of keys and values are the
  /// object's, where it has any.
  public static func makeMaps(
    _ definitions: [MapDefinition],
    btf: BTF? = nil
  ) throws(KernelError) -> [KernelMap] {
    try makeMaps(definitions, KernelTypes.load(btf))
  }

  private static func makeMaps(
    _ definitions: [MapDefinition],
    _ types: KernelTypes?
  ) throws(KernelError) -> [KernelMap] {
    var maps: [KernelMap] = []
    let cpuCount = try PossibleCPUs.count()
    for definition in definitions {
      maps.append(try KernelMap.make(definition.fitted(cpuCount: cpuCount), types: types))
    }
    for map in maps {
      switch map.definition.initialContents {
      case .none, .programs: break
      case .section(let section, let bytes): try map.fill(with: bytes, section)
      case .maps(let slots):
        for (slot, index) in slots.sorted(by: { $0.key < $1.key }) { try map.store(maps[index].id, at: slot) }
      }
    }
    return maps
  }
}
