/// Copies of programs that leave a trace on any engine that runs programs at all, the kernel among them.
///
/// Before an instruction stand others that write its slot, and the registers that it reads, into a map of the copy's own.
/// They use two registers that nobody looks at again, no stack and no branch: the copy does what the program does,
/// and whoever uses its trace can hold its verdict, its packet and its maps against the program's own.
public struct ProbedPrograms: Sendable {
  /// Which registers hold the arguments of a call, as far as that is known.
  public typealias Arguments = (Program, Int, CallTarget) -> [Register]

  /// Before which instructions probes are put.
  public enum Places: Hashable, Sendable, CaseIterable {
    /// Before all.
    case everywhere
    /// Before branches and returns, for programs that a verifier takes long to follow.
    case branches

    fileprivate func contains(_ instruction: Instruction) -> Bool {
      switch (self, instruction) {
      case (.everywhere, _), (.branches, .branch), (.branches, .mayGoto), (.branches, .exit): true
      default: false
      }
    }
  }

  /// How many steps are kept, the last ones: a power of two.
  public static let limit = 1 << 14
  /// The name of the map.
  public static let mapName = ".probes"
  /// The map begins with the number of steps.
  private static let header = 16
  /// A step is its place, then registers.
  private static let stride = 64, shift: Int32 = 6, registerLimit = 7
  /// A place is the program's index above the slot.
  private static let programShift = 20

  /// The copies, each with the map after its own.
  public let programs: [Program]
  /// By program and slot, the registers that are written down.
  private let registers: [[Int: [Register]]]

  /// Puts a probe before every instruction of these places that has two registers to spare.
  ///
  /// Nil where a program is too long, or a jump would no longer reach its target.
  public init?(
    _ programs: [Program],
    at places: Places = .everywhere,
    arguments: Arguments = { _, _, _ in [] }
  ) {
    var copies: [Program] = [], registers: [[Int: [Register]]] = []
    for (index, program) in programs.enumerated() {
      guard program.slotCount < 1 << Self.programShift, index < 1 << 10 else { return nil }
      let unused = UnusedRegisters(program)
      var probes: [Int: [Instruction]] = [:], read: [Int: [Register]] = [:]
      for (slot, instruction) in program.slottedInstructions where places.contains(instruction) {
        let wanted = Self.registers(read: instruction, at: slot, in: program, arguments)
        let free = unused.registers(at: slot).filter { !wanted.contains($0) }
        guard free.count >= 2, wanted.count <= Self.registerLimit else { continue }
        read[slot] = wanted
        let place = Int32(index << Self.programShift | slot)
        probes[slot] = Self.probe(place, wanted, free[0], free[1], map: Int32(program.maps.count))
      }
      guard var copy = program.inserting(probes) else { return nil }
      copy.maps.append(Self.map)
      copies.append(copy)
      registers.append(read)
    }
    self.programs = copies
    self.registers = registers
  }

  /// The registers that are written down: those that the instruction reads, and so certainly has.
  private static func registers(
    read instruction: Instruction,
    at slot: Int,
    in program: Program,
    _ arguments: Arguments
  ) -> [Register] {
    switch instruction {
    case .call(let target): return instruction.readRegisters + arguments(program, slot, target)
    // A function without a result returns with whatever r0 holds, or nothing.
    case .exit where program.functions.last(where: { $0.slot <= slot }) != program.functions.first: return []
    default: return instruction.readRegisters
    }
  }

  /// The definition of the map of the traces.
  private static var map: MapDefinition {
    MapDefinition(
      name: mapName,
      type: .array,
      keySize: 4,
      valueSize: header + limit * stride,
      maxEntries: 1
    )
  }

  /// Counts the step, and writes it to its place in the ring.
  private static func probe(
    _ place: Int32,
    _ registers: [Register],
    _ entry: Register,
    _ count: Register,
    map: Int32
  ) -> [Instruction] {
    var code: [Instruction] = [
      .loadImmediate(entry, .mapValue(index: map, offset: 0)),
      .load(.doubleWord, count, from: Address(entry)),
      .alu(.add, .doubleWord, count, .immediate(1)),
      .store(.doubleWord, .register(count), to: Address(entry)),
      .alu(.and, .doubleWord, count, .immediate(Int32(limit - 1))),
      .alu(.lsh, .doubleWord, count, .immediate(shift)),
      .alu(.add, .doubleWord, entry, .register(count)),
      .store(.doubleWord, .immediate(place), to: Address(entry, Int16(header))),
    ]
    for (index, register) in registers.enumerated() {
      code.append(.store(.doubleWord, .register(register), to: Address(entry, Int16(header + 8 + 8 * index))))
    }
    return code
  }

  /// Whether the instruction at a slot leaves a trace.
  public func isProbed(program: Int, slot: Int) -> Bool { registers[program][slot] != nil }

  /// The registers that are written down before the instruction at a slot; nil for one without a probe.
  public func registers(program: Int, slot: Int) -> [Register]? { registers[program][slot] }

  /// How many instructions have a probe.
  public var probeCount: Int { registers.reduce(0) { $0 + $1.count } }

  /// How many steps all runs so far have made, of the map's value.
  public static func count(in value: [UInt8]) -> UInt64 { word(value, 0) }

  /// What was done since there were `start` steps, of the map's value.
  public func trace(in value: [UInt8], since start: UInt64) -> EngineTrace {
    let count = Self.count(in: value)
    guard count > start else { return EngineTrace() }
    let first = max(start, count - min(count, UInt64(Self.limit)))
    let steps = (first + 1...count).map { number in
      let entry = Self.header + Int(number % UInt64(Self.limit)) * Self.stride
      let place = Int(Self.word(value, entry))
      let program = place >> Self.programShift, slot = place & (1 << Self.programShift - 1)
      let names = registers.indices.contains(program) ? registers[program][slot] ?? [] : []
      let values = names.enumerated().map { index, register in
        EngineTrace.Value(register: register, bits: Self.word(value, entry + 8 + 8 * index))
      }
      return EngineTrace.Step(program: program, slot: slot, values: values)
    }
    return EngineTrace(omitted: first - start, steps: steps)
  }

  private static func word(_ value: [UInt8], _ offset: Int) -> UInt64 {
    guard offset + 8 <= value.count else { return 0 }
    return value[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
