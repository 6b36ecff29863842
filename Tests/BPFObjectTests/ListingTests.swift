import BPF
import BPFObject
import Foundation
import TestSupport
import Testing

/// Each fixture's whole content, compared with the text file beside it.
///
/// `RECORD_LISTINGS=1` writes the files anew; check them against the sources then.
@Suite struct `Whole objects` {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/objects")

  static let names = [
    "bare", "core", "externs", "globals", "kconfig", "legacy16", "legacy20", "legacy28", "legacy280",
    "legacy36",
    "legacy40",
    "linked", "maps", "sections", "subprograms",
  ]

  private static let configuration: [String: KconfigValue] = [
    "LINUX_KERNEL_VERSION": .integer(0x61200), "CONFIG_BPF_SYSCALL": .yes, "CONFIG_VETH": .module,
    "CONFIG_IPV6": .no, "CONFIG_HZ": .integer(250), "CONFIG_DEFAULT_HOSTNAME": .string("(none)"),
  ]

  private static func listing(_ object: ObjectFile) throws -> String {
    let target = object.name.contains("core") ? try Fixture.object("objects/core_target").btf : nil
    return try ObjectListing(object, kernel: target, kconfig: configuration).text
  }

  @Test(arguments: names) func `programs, maps, code and lines are those of the source`(name: String) throws {
    let listing = try Self.listing(Fixture.object("objects/\(name)"))
    let file = Self.folder.appending(path: "\(name).txt")
    if ProcessEnvironment["RECORD_LISTINGS"] != nil {
      try listing.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(listing == (try String(contentsOf: file, encoding: .utf8)))
  }

  @Test(
    .enabled("needs the toolchain's clang 21", { Compiler.isThere }),
    arguments: names.filter { $0 != "linked" }
  )
  func `compiling again gives the same object`(name: String) throws {
    let bytes = try Compiler.compile("\(name).c", in: Self.folder, hasTypes: name != "bare")
    let object = try ObjectFile(parsing: bytes.rawBytes, named: "objects/\(name).o")
    #expect(try Self.listing(object) == Self.listing(Fixture.object("objects/\(name)")))
  }
}

/// The C compiler that the fixtures were made with.
private enum Compiler {
  static let isThere: Bool = {
    guard let version = try? run(["--version"], in: nil) else { return false }
    return String(decoding: version, as: UTF8.self).contains("clang version 21.")
  }()

  /// The object that a source of the fixtures' compiles to, with the flags of their Makefile.
  static func compile(_ source: String, in folder: URL, hasTypes: Bool) throws -> [UInt8] {
    let flags = ["-O2", "-Wno-unused-value", "-fdebug-compilation-dir=.", "-target", "bpf"]
    return try run(flags + (hasTypes ? ["-g"] : []) + ["-c", source, "-o", "-"], in: folder)
  }

  private static func run(_ arguments: [String], in folder: URL?) throws -> [UInt8] {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["clang"] + arguments
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(arguments: arguments) }
    return [UInt8](data)
  }

  struct Failure: Error { let arguments: [String] }
}
