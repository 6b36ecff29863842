import ArgumentParser
import BPF
import BPFJIT
import BPFObject
import BTF
import XDPToolchain

/// `xdp inspect`: what is in an object.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "Shows an object's programs, maps, globals and license, and its instructions beside their source.",
    discussion: """
      With --jit the machine code of every XDP program is shown, as it would be bound to maps of the object's sizes, under \
      each instruction that it came from; with LLVM's disassembler, which Swift brings along, as instructions, else as bytes.

      Example: xdp inspect firewall.o --disassemble
      """
  )

  @OptionGroup var program: ProgramOptions

  @Flag(help: "Shows the instructions, each under the source line that it came from.")
  var disassemble = false

  @Flag(help: "Prints the object's types as C declarations, and nothing else.")
  var btf = false

  @Flag(help: "Prints JSON.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Shows the machine code that programs become, for either processor, instruction by instruction.",
      valueName: "x86-64|arm64"
    )
  )
  var jit: InstructionSet?

  func validate() throws {
    guard jit == nil || !(btf || disassemble) else {
      throw ValidationError("--jit, --disassemble and --btf: give one of them")
    }
  }

  func run() async throws {
    let opened = try await OpenedObject.open(program)
    var console = Console()
    for warning in opened.object.warnings { Console.warn(warning) }
    if let jit {
      try await printMachineCode(of: opened, for: jit, to: &console)
    } else if btf {
      let declarations = try declarations(of: opened.object)
      if json {
        try console.print(["declarations": .string(declarations)] as JSONValue)
      } else {
        try console.print(declarations)
      }
    } else {
      let inspection = try Inspection(opened, program: program.name, disassembles: disassemble)
      for (name, reason) in inspection.failures {
        Console.warn("program '\(name)' cannot be linked: \(reason)")
      }
      if json {
        try console.print(inspection.document)
      } else {
        for line in inspection.lines { try console.print(line) }
      }
    }
    try console.flush()
  }

  /// Every program's machine code; where there can be none, the reason.
  private func printMachineCode(
    of opened: OpenedObject,
    for instructionSet: InstructionSet,
    to console: inout Console
  ) async throws {
    let names = program.name.map { [$0] } ?? opened.programNames
    let disassembler = await MachineDisassembler.find()
    var documents: [JSONValue] = [], failure: CommandError?
    for (index, name) in names.enumerated() {
      do throws(CommandError) {
        let programs = try opened.programs(name)
        let code = try opened.machineCode(of: programs, for: instructionSet)
        let listing = await MachineListing(code, of: programs[0], disassembler)
        if json {
          documents.append(["name": .string(name), "machineCode": listing.document])
        } else {
          if index > 0 { try console.print("") }
          for line in listing.lines { try console.print(line) }
        }
      } catch {
        failure = error
        if names.count == 1 { throw error }
        Console.warn("program '\(name)': \(error)")
        if json { documents.append(["name": .string(name), "error": .string(error.description)]) }
      }
    }
    if json {
      try console.print(["file": .string(opened.object.name), "programs": .array(documents)] as JSONValue)
    }
    try console.flush()
    if let failure { throw ExitCode(failure.code.rawValue) }
  }

  private func declarations(of object: ObjectFile) throws(CommandError) -> String {
    guard let types = object.btf else {
      throw .no("'\(object.name)' has no types (.BTF): compile it with clang -g")
    }
    return CPrinter.header(of: types)
  }
}

extension InstructionSet: ExpressibleByArgument {
  /// `x86-64` or `arm64`.
  public init?(argument: String) { self.init(rawValue: argument) }
}
