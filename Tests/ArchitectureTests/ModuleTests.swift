import Testing

/// Which modules each module may import.
///
/// A row without an entry for itself in the package, or the other way, is an error.
private let allowedImports: [String: Set<String>] = {
  let system: Set<String> = ["Glibc", "Musl", "Darwin", "Synchronization"]
  return [
    // Vocabulary and parsers: pure.
    "XDPTypes": [],
    "BTF": ["Synchronization"],
    "BPF": ["BTF"],
    "BPFObject": ["BPF", "BTF"],
    // The verifier: pure.
    "BPFVerifier": ["BPF", "BTF"],
    // The user-space engine.
    "BPFMaps": system.union(["BPF", "BTF", "CLinux"]),
    "BPFRuntime": system.union(["BPF", "BPFMaps", "BTF", "CLinux"]),
    "BPFJIT": system.union(["BPFVerifier", "BPFRuntime", "BPFMaps", "BPF", "CLinux"]),
    "XDP": system.union([
      "BPFJIT", "BPFVerifier", "BPFRuntime", "BPFMaps", "BPFObject", "BPF", "BTF", "XDPTypes", "CLinux",
    ]),
    "XDPDrivers": system.union(["XDP", "XDPTypes", "BPF", "BTF", "CPCAP", "CLinux"]),
    // The kernel.
    "LinuxKernel": system.union(["BPF", "BTF", "CLinux", "SystemPackage"]),
    // The command, its documents, and what builds programs for it.
    "JSON": [],
    "XDPToolchain": ["Subprocess", "SystemPackage"],
    "xdp": system.union([
      "XDP", "XDPDrivers", "XDPToolchain", "XDPTypes", "BPFJIT", "BPFObject", "BPFRuntime", "BPFMaps", "BPF",
      "BTF",
      "BPFVerifier", "CLinux", "LinuxKernel", "JSON", "ArgumentParser", "SystemPackage", "Dispatch",
      "Logging",
    ]),
  ]
}()

/// The modules without I/O and platform: they build anywhere and run under a fuzzer.
private let pureModules: Set<String> = ["XDPTypes", "BTF", "BPF", "BPFObject", "BPFVerifier", "JSON"]

/// The modules that a file imports, with their lines counted from 1.
private func imports(in text: SourceText) -> [(line: Int, module: String)] {
  text.code.indices.compactMap { index in
    let words = text.words(line: index)
    guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
      words[..<place].allSatisfy({ isImportModifier($0) })
    else { return nil }
    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    let name =
      kinds.contains(words[place + 1]) && place + 2 < words.count ? words[place + 2] : words[place + 1]
    return (index + 1, String(name))
  }
}

private func isImportModifier(_ word: Substring) -> Bool {
  ["public", "package", "internal", "private", "fileprivate", "_exported", "preconcurrency", "testable"]
    .contains(word) || word == "_implementationOnly"
}

/// The lines, counted from 1, where code depends on the platform.
private func platformConditions(in text: SourceText) -> [Int] {
  text.code.indices.filter { index in
    let words = text.words(line: index)
    guard let first = words.first, ["if", "elseif"].contains(first), text.code[index].contains("#") else {
      return false
    }
    return words.contains { ["os", "canImport", "arch", "targetEnvironment"].contains($0) }
  }.map { $0 + 1 }
}

@Suite struct `Modules` {
  @Test func `import only what lies below them`() throws {
    var seen: Set<String> = []
    for file in try SourceTree.files(under: "Sources") {
      seen.insert(file.module)
      guard let allowed = allowedImports[file.module] else {
        Issue.record("\(file.path): the module \(file.module) has no row in the table of imports")
        continue
      }
      for (line, module) in imports(in: file.text) {
        #expect(allowed.contains(module), "\(file.path):\(line): \(file.module) may not import \(module)")
      }
    }
    #expect(Set(allowedImports.keys).subtracting(seen).isEmpty, "rows of modules that do not exist")
  }

  @Test func `that are pure know no platform`() throws {
    for file in try SourceTree.files(under: "Sources") where pureModules.contains(file.module) {
      for line in platformConditions(in: file.text) {
        Issue.record("\(file.path):\(line): a platform condition in a pure module")
      }
    }
  }

  @Test func `never go up: the table of imports has no circle`() {
    var order: [String] = []
    func visit(_ module: String, _ path: [String]) {
      #expect(!path.contains(module), "a circle: \(path + [module])")
      guard !path.contains(module), !order.contains(module) else { return }
      for next in allowedImports[module] ?? [] { visit(next, path + [module]) }
      order.append(module)
    }
    for module in allowedImports.keys { visit(module, []) }
  }

  @Test(arguments: [
    ("import BPF", ["BPF"]), ("public import BTF", ["BTF"]),
    ("@_exported public import XDPTypes", ["XDPTypes"]),
    ("import struct Foundation.URL", ["Foundation"]), ("// import BPF", []), ("let important = 1", []),
    ("  import Glibc  // here", ["Glibc"]), ("#if canImport(Glibc)", []),
    ("@preconcurrency import A.B", ["A"]),
  ])
  func `have their imports found`(source: String, modules: [String]) {
    #expect(imports(in: SourceText(source)).map(\.module) == modules)
  }

  @Test(arguments: [
    ("#if os(Linux)", true), ("#elseif canImport(Darwin)", true), ("#if DEBUG", false),
    ("if os(1) {}", false),
    ("// #if os(Linux)", false), ("#if !arch(arm64) && X", true),
  ])
  func `have their platform conditions found`(source: String, isFound: Bool) {
    #expect(platformConditions(in: SourceText(source)).isEmpty == !isFound)
  }
}

@Suite struct `Files` {
  @Test(arguments: ["Sources", "Tests"])
  func `have at most 600 lines`(folder: String) throws {
    let files = try SourceTree.files(under: folder)
    #expect(!files.isEmpty)
    for file in files {
      #expect(file.text.lines.count <= 601, "\(file.path) has \(file.text.lines.count - 1) lines")
    }
  }
}
