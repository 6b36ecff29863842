import Foundation
import TestSupport
import Testing

@Suite(.enabled("only the compiler that made the objects makes the same bytes") { FixtureCompiler.isHere })
struct `Fixtures` {
  /// Every source in a folder that has an object beside it.
  private static func names(in folder: String) throws -> [String] {
    let files = try FileManager.default.contentsOfDirectory(
      atPath: FixtureCompiler.repository.appending(path: folder).path()
    )
    return files.filter { $0.hasSuffix(".c") && files.contains($0.dropLast(2) + ".o") }.sorted()
      .map { String($0.dropLast(2)) }
  }

  @Test(arguments: try names(in: "Tests/Fixtures"))
  func `are what clang makes of their sources, with or without debug sections`(name: String) throws {
    let folder = "Tests/Fixtures"
    let made = try FixtureCompiler.files(
      madeBy: """
        clang -O2 -g -target bpf -fdebug-compilation-dir=. -c \(name).c -o "$OUT/whole" && \
        llvm-objcopy --strip-debug "$OUT/whole" "$OUT/stripped"
        """,
      in: folder
    )
    let object = try FixtureCompiler.bytes(of: "\(folder)/\(name).o")
    #expect(made["whole"] == object || made["stripped"] == object, "build \(name).o again")
  }

  @Test(
    arguments: try ["programs", "mistakes"].flatMap { folder in
      try names(in: "Tests/Fixtures/\(folder)").map { "\(folder)/\($0)" }
    }
  )
  func `of whole programs are what clang makes of their sources`(name: String) throws {
    let path = "Tests/Fixtures/\(name)"
    let options = "-O2 -g -target bpf -ffile-prefix-map=\"$PWD\"=. -fdebug-compilation-dir=."
    let made = try FixtureCompiler.files(
      madeBy: "clang \(options) -c \(path).c -o \"$OUT/o\" && llvm-objcopy --strip-debug \"$OUT/o\"",
      in: "."
    )
    #expect(try made["o"] == FixtureCompiler.bytes(of: "\(path).o"), "build \(path).o again")
  }
}
