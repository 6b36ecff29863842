import Subprocess
public import SystemPackage

/// A clang that makes BPF objects from C.
public struct ClangCompiler: Sendable {
  /// The compiler that was found.
  public let executable: FilePath

  /// The largest object that is accepted, in bytes.
  private static let objectLimit = 256 << 20
  /// The most text of diagnostics that is kept, in bytes.
  private static let diagnosticsLimit = 8 << 20

  /// Finds a clang with the `bpf` target: the one beside `swift` first, then the one in `PATH`.
  public static func find() async throws(ToolchainError) -> ClangCompiler {
    var candidates: [FilePath] = []
    if let swift = try? await Executable.name("swift").resolveExecutablePath(in: .inherit) {
      candidates.append(swift.removingLastComponent().appending("clang"))
    }
    if let clang = try? await Executable.name("clang").resolveExecutablePath(in: .inherit),
      !candidates.contains(clang)
    {
      candidates.append(clang)
    }
    var tried: [String] = []
    for candidate in candidates {
      switch await hasBPF(candidate) {
      case true?: return ClangCompiler(executable: candidate)
      case false?: tried.append("\(candidate) has no bpf target")
      case nil: tried.append("\(candidate) is not there or does not run")
      }
    }
    throw .noCompiler(tried: tried)
  }

  private static func hasBPF(_ clang: FilePath) async -> Bool? {
    guard
      let result = try? await run(
        .path(clang),
        arguments: ["-print-targets"],
        output: .string(limit: diagnosticsLimit),
        error: .discarded
      ), result.terminationStatus.isSuccess
    else { return nil }
    return result.standardOutput.split(separator: "\n").contains { line in
      line.split(separator: " ").first == "bpf"
    }
  }

  /// What came of a source.
  public struct Compilation: Sendable {
    /// The bytes of the object.
    public var object: [UInt8]
    /// What the compiler said all the same, such as warnings; may be empty.
    public var diagnostics: String
  }

  /// Compiles one C source, with `-O2 -g`, and gives back the object and the compiler's warnings.
  ///
  /// Beside the compiler's own places, headers are looked for in `includes`, in order. `options` come after those that
  /// are always given: `-O1` among them takes the place of `-O2`.
  public func compile(
    _ source: FilePath,
    includes: [FilePath] = [],
    options: [String] = [],
    colour: Bool = false
  ) async throws(ToolchainError) -> Compilation {
    var arguments = ["-target", "bpf", "-O2", "-g", "-Wall", "-fdebug-compilation-dir=.", "-c"]
    arguments.append(colour ? "-fcolor-diagnostics" : "-fno-color-diagnostics")
    arguments += options
    for include in includes + Self.systemIncludes { arguments += ["-I", include.string] }
    arguments += ["-o", "-", "--", source.string]
    do {
      let result = try await run(
        .path(executable),
        arguments: Arguments(arguments),
        output: .bytes(limit: Self.objectLimit),
        error: .string(limit: Self.diagnosticsLimit)
      )
      if result.terminationStatus.isSuccess {
        return Compilation(object: result.standardOutput, diagnostics: result.standardError)
      }
      throw ToolchainError.refused(source: source.string, diagnostics: result.standardError)
    } catch let error as ToolchainError {
      throw error
    } catch {
      throw .notRun(compiler: executable.string, reason: "\(error)")
    }
  }

  /// Where Debian keeps `asm/types.h`: with the host's headers, which the `bpf` target does not look at.
  private static let systemIncludes: [FilePath] = {
    #if arch(arm64)
    ["/usr/include/aarch64-linux-gnu"]
    #else
    ["/usr/include/x86_64-linux-gnu"]
    #endif
  }()
}
