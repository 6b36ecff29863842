import BPF
import BPFObject
import BPFVerifier
import Foundation
import LinuxKernel
import TestSupport
import Testing
import XDP

/// Every program that lies here as an object, before our verifier and the running kernel's.
@Suite(KernelAccess.required) struct `Verdicts of both verifiers` {
  /// Objects under a folder of fixtures, or under the folder that the environment names.
  private static let objects: [URL] = {
    let root = FixtureCompiler.repository
    var folders = ["Tests/Fixtures", "Programs"].map { root.appending(path: $0) }
    if let corpus = ProcessEnvironment["XDP_VERIFIER_CORPUS"] { folders = [URL(filePath: corpus)] }
    return folders.flatMap { folder in
      (FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.allObjects ?? [])
        .compactMap { $0 as? URL }.filter { $0.pathExtension == "o" }
    }.sorted { $0.path < $1.path }
  }()

  @Test(arguments: objects) func `are equal`(object: URL) throws {
    let bytes = [UInt8](try Data(contentsOf: object))
    guard let file = try? ObjectFile(parsing: bytes.rawBytes, named: object.lastPathComponent),
      let programs = try? file.linked()
    else { return }
    for program in programs {
      let kernel = Self.refusal(of: program)
      if let kernel, kernel.command != "BPF_PROG_LOAD" { continue }
      do throws(Rejection) {
        _ = try Verifier(.xdp()).verify(program)
        #expect(
          kernel == nil,
          "\(program.name): ours accepts, the kernel: \(kernel?.description.suffix(600) ?? "")"
        )
      } catch {
        let violation = error.violation
        #expect(
          kernel != nil,
          "\(program.name): ours refuses at \(violation.slot ?? -1): \(violation.rule): \(violation.message)"
        )
      }
    }
  }

  private static func refusal(of program: Program) -> KernelError? {
    do throws(KernelError) {
      _ = try KernelEngine.load(program)
      return nil
    } catch {
      return error
    }
  }
}
