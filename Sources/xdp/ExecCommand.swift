import ArgumentParser
import BPF
import BPFObject
import BPFRuntime

/// `xdp exec`: runs raw instructions over memory.
struct ExecCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "exec",
    abstract: "Runs instructions from standard input over memory, and prints r0 in hex.",
    discussion: """
      Standard input holds instructions as hex digits, 16 an 8-byte slot, or an ELF object. r1 is the address of the \
      memory, r2 its length in bytes. The interpreter checks every access; a program that leaves its bounds is stopped \
      and the exit code is 1. With --engine jit the instructions are verified first, as those of an XDP program that \
      calls them, and run as machine code; what is refused does not run, and the exit code is 1 too.

      Example: echo "b7 00 00 00 2a 00 00 00 95 00 00 00 00 00 00 00" | xdp exec

      With --plugin the command speaks the protocol of the public bpf_conformance runner: the memory is an argument, \
      in hex, standard input is hex, and r0 is printed without 0x. For the runner, write a script that says \
      exec xdp exec --plugin "$@".
      """
  )

  @Option(help: ArgumentHelp("The memory's bytes.", valueName: "hex"))
  var memory: String = ""

  @Option(
    help:
      "What runs the program: the interpreter, its oracle mode that also tracks uninitialised bytes, or machine code (jit)."
  )
  var engine: ExecEngine = .interpreter

  @Option(help: ArgumentHelp("The program to take, where an object has several.", valueName: "name"))
  var program: String?

  @Flag(help: "Runs the program unverified, which an interpreter always does: every access is checked.")
  var unverified = false

  @Flag(help: "Prints r0, the memory afterwards and the trap as JSON.")
  var json = false

  @Flag(help: "Speaks the protocol of the bpf_conformance runner.")
  var plugin = false

  @Flag(help: "With --plugin: the hex digits on standard input are an ELF object.")
  var elf = false

  @Flag(help: .hidden)
  var debug = false

  @Argument(help: ArgumentHelp("With --plugin: the memory's bytes in hex.", valueName: "memory"))
  var arguments: [String] = []

  /// The engines of this command.
  enum ExecEngine: String, ExpressibleByArgument, CaseIterable {
    case interpreter, oracle, jit
  }

  /// The most that is read as a program, in bytes: a million instructions in hex, and some room.
  private static let inputLimit = 32 << 20

  func validate() throws {
    if engine == .jit, unverified {
      throw ValidationError(
        "--engine jit: machine code checks nothing, so it is made of verified programs only"
      )
    }
  }

  func run() async throws {
    var memory = try memoryBytes()
    let outcome = try run(try readProgram(), over: &memory)
    try report(outcome, memory)
    if case .trapped = outcome { throw ExitCode(CommandError.Code.no.rawValue) }
  }

  private func memoryBytes() throws(CommandError) -> [UInt8] {
    // The runner passes its options as arguments too, empty ones where it has none.
    let arguments = arguments.filter { !$0.allSatisfy(\.isWhitespace) }
    guard arguments.count <= (plugin ? 1 : 0) else {
      throw .badInput(
        plugin
          ? "one argument at most is the memory, but there are \(arguments.count)"
          : "'\(arguments[0])' is one argument too many: the memory is given with --memory, a program on standard input"
      )
    }
    do {
      return try Hex.bytes(arguments.first ?? memory)
    } catch {
      throw .badInput("the memory: \(error)")
    }
  }

  private func readProgram() throws(CommandError) -> Program {
    var bytes = try InputFile.standardInput("program", limit: Self.inputLimit)
    if !isELF(bytes) {
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw .badInput("the program on standard input is neither hex digits nor an ELF object")
      }
      do {
        bytes = try Hex.bytes(text)
      } catch {
        throw .badInput("the program on standard input: \(error)")
      }
    }
    if elf || isELF(bytes) { return try linked(bytes) }
    if let program {
      throw .badInput(
        "--program \(program): standard input holds instructions, which have no name; only an object has several"
      )
    }
    guard !bytes.isEmpty else { throw .badInput("there is no instruction on standard input") }
    do {
      return Program("standard input", try Instruction.decode(bytes: bytes))
    } catch {
      throw .badInput("the program on standard input: \(error)")
    }
  }

  private func linked(_ object: [UInt8]) throws(CommandError) -> Program {
    let linked = try OpenedObject(object, named: "standard input").program(program)
    guard linked.usedMaps.isEmpty else {
      throw .badInput(
        "program '\(linked.name)' uses maps (\(linked.usedMaps.joined(separator: ", "))), which exec does not have: "
          + "it runs instructions over memory; xdp test runs programs with maps"
      )
    }
    return linked
  }

  private func isELF(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }

  private func run(_ program: Program, over memory: inout [UInt8]) throws(CommandError) -> RunOutcome {
    if engine == .jit { return try MemoryProgram(program, memoryByteCount: memory.count).run(over: &memory) }
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: .general)
    do throws(BindingError) {
      let interpreter = try Interpreter(program, in: environment)
      if !plugin { for warning in interpreter.warnings { Console.warn(warning) } }
      switch engine {
      case .interpreter, .jit: return interpreter.run(on: Machine(), memory: &memory)
      case .oracle: return try OracleInterpreter(program, in: environment).run(on: Machine(), memory: &memory)
      }
    } catch {
      throw .no("\(error)")
    }
  }

  private func report(_ outcome: RunOutcome, _ memory: [UInt8]) throws(CommandError) {
    var console = Console()
    switch outcome {
    case .returned(let value):
      let digits = String(value, radix: 16)
      if json {
        try console.print(["r0": .string("0x" + digits), "memory": .hex(memory), "trap": nil] as JSONValue)
      } else {
        try console.print(plugin ? digits : "0x" + digits)
      }
    case .trapped(let trap):
      if json {
        try console.print(["r0": nil, "memory": .hex(memory), "trap": trap.document] as JSONValue)
      } else {
        Console.fail("the program was stopped: \(trap)")
      }
    }
    try console.flush()
  }
}
