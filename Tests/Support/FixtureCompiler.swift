import Foundation

/// The compiler that made the checked-in objects, for tests that they are what their sources give.
public enum FixtureCompiler {
  /// The package's folder.
  public static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether it is the one here: only the compiler that made an object makes the same bytes.
  public static let isHere: Bool = {
    let version = try? output(of: "clang --version")
    return version?.contains("11673e6660b2d0a5f9f99b1c7b773f4c2f6df1b0") == true
  }()

  /// A command of the shell that failed.
  public struct Failure: Error, CustomStringConvertible {
    /// The command and its exit code.
    public var description: String
  }

  /// What a line of shell writes to standard output, run in a folder of the package.
  public static func output(of command: String, in folder: String = ".") throws -> String {
    let process = Process(), pipe = Pipe()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = repository.appending(path: folder)
    process.standardOutput = pipe
    try process.run()
    let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(command): exit code \(process.terminationStatus)")
    }
    return text
  }

  /// The bytes of files that a line of shell makes in a fresh folder, which it finds in `$OUT`.
  public static func files(madeBy command: String, in folder: String) throws -> [String: Data] {
    let fresh = URL.temporaryDirectory.appending(path: "fresh-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: fresh, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: fresh) }
    _ = try output(of: "OUT='\(fresh.path())'; \(command)", in: folder)
    var files: [String: Data] = [:]
    for url in try FileManager.default.contentsOfDirectory(at: fresh, includingPropertiesForKeys: nil) {
      files[url.lastPathComponent] = try Data(contentsOf: url)
    }
    return files
  }

  /// The bytes of a file of the package.
  public static func bytes(of path: String) throws -> Data {
    try Data(contentsOf: repository.appending(path: path))
  }
}
