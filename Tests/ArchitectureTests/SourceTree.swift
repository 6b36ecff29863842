import Foundation

/// The package's own files.
struct SourceTree {
  /// One file.
  struct File {
    /// From the package's folder, such as `Sources/BPF/Program/Program.swift`.
    let path: String
    /// What is in it.
    let text: SourceText

    /// The folder below `Sources`: the module.
    var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }
  }

  /// The package's folder.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The Swift files below a folder of the package, in order of path.
  static func files(under folder: String) throws -> [File] {
    let enumerator = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    var files: [File] = []
    while let name = enumerator?.nextObject() as? String {
      guard name.hasSuffix(".swift") else { continue }
      let path = folder + "/" + name
      let text = try String(contentsOf: root.appending(path: path), encoding: .utf8)
      files.append(File(path: path, text: SourceText(text)))
    }
    return files.sorted { $0.path < $1.path }
  }
}
