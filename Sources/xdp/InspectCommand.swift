import ArgumentParser
import BPF
import BPFObject
import BTF

/// `xdp inspect`: what is in an object.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract:
      "Shows an object's programs, maps, globals and license, and its instructions beside their source.",
    discussion: """
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

  @Option(help: .hidden)
  var jit: String?

  func validate() throws {
    if jit != nil { throw NotYet.jit }
  }

  func run() async throws {
    let opened = try await OpenedObject.open(program)
    var console = Console()
    for warning in opened.object.warnings { Console.warn(warning) }
    if btf {
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

  private func declarations(of object: ObjectFile) throws(CommandError) -> String {
    guard let types = object.btf else {
      throw .no("'\(object.name)' has no types (.BTF): compile it with clang -g")
    }
    return CPrinter.header(of: types)
  }
}
