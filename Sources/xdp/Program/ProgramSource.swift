import SystemPackage
import XDPToolchain

/// What a PROGRAM argument names: bytes of an object, built first if they have to be.
struct ProgramSource {
  /// The argument as it was given.
  let path: String

  /// What the name's ending says.
  private enum Kind { case object, c, swift, rules, unknown }

  private var kind: Kind {
    switch FilePath(path).extension?.lowercased() {
    case "o": .object
    case "c": .c
    case "swift": .swift
    case "yaml", "yml": .rules
    default: .unknown
    }
  }

  /// The bytes of the object.
  func object() async throws(CommandError) -> [UInt8] {
    switch kind {
    case .object: return try InputFile.bytes(path, "program")
    case .c: return try await compiled()
    case .swift:
      throw .badInput(
        "'\(path)' is Swift, which this version does not build into a BPF program yet: give an object (.o) or C (.c)"
      )
    case .rules:
      throw .badInput(
        "'\(path)' is a rule file, which this version does not read yet: give an object (.o) or C (.c)"
      )
    case .unknown:
      let bytes = try InputFile.bytes(path, "program")
      guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
        throw .badInput("'\(path)' is neither an object file nor a source: its name should end in .o or .c")
      }
      return bytes
    }
  }

  private func compiled() async throws(CommandError) -> [UInt8] {
    // A missing source is our message, not the compiler's.
    _ = try InputFile.bytes(path, "program")
    do {
      let compiler = try await ClangCompiler.find()
      let compilation = try await compiler.compile(
        FilePath(path),
        includes: includes,
        colour: Terminal.isError && !Terminal.hasNoColour
      )
      Console.draw(compilation.diagnostics)
      return compilation.object
    } catch {
      switch error {
      case .noCompiler, .notRun: throw .refused("cannot build '\(path)': \(error)")
      case .refused: throw .badInput("cannot build '\(path)': \(error)")
      }
    }
  }

  /// `include` beside the source and beside its folder, so that example programs find their headers.
  private var includes: [FilePath] {
    let folder = FilePath(path).removingLastComponent()
    let here: FilePath = folder.isEmpty ? "." : folder
    return [here.appending("include"), here.appending("..").appending("include")]
  }
}
