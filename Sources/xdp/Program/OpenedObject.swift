import BPF
import BPFObject
import BTF

/// The object that a PROGRAM argument led to, with the changes that were asked for made.
struct OpenedObject {
  /// The object, with maps resized and globals set.
  private(set) var object: ObjectFile
  let kernel: KernelTypes

  /// Opens, or builds and opens, what the options name.
  static func open(_ options: ProgramOptions) async throws(CommandError) -> OpenedObject {
    try await open(options.path, options.object)
  }

  /// Opens, or builds and opens, a file, and changes it.
  static func open(_ path: String, _ options: ObjectOptions) async throws(CommandError) -> OpenedObject {
    let bytes = try await ProgramSource(path: path).object()
    var opened = try OpenedObject(bytes, named: path, kernelBTF: options.kernelBTF)
    try opened.resize(options.maxEntries)
    for assignment in options.set { try opened.set(assignment) }
    return opened
  }

  /// Opens the bytes of an object.
  init(_ bytes: [UInt8], named name: String, kernelBTF: String? = nil) throws(CommandError) {
    do throws(ObjectError) {
      object = try ObjectFile(parsing: bytes.rawBytes, named: name)
    } catch {
      throw .badInput("\(error)")
    }
    kernel = KernelTypes(path: kernelBTF)
    if kernelBTF != nil { _ = try kernel.types() }
  }

  private mutating func resize(_ assignments: [Assignment]) throws(CommandError) {
    for assignment in assignments {
      guard let count = Int(assignment.value) else {
        throw .badInput(
          "--max-entries \(assignment.name)=\(assignment.value): '\(assignment.value)' is not a number of entries"
        )
      }
      do throws(ObjectError) {
        try object.resize(map: assignment.name, to: count)
      } catch {
        throw .badInput("--max-entries \(assignment.name)=\(count): \(error)")
      }
    }
  }

  private mutating func set(_ assignment: Assignment) throws(CommandError) {
    try GlobalSetting(assignment).apply(to: &object)
  }

  /// The names of the programs that are loaded unless asked otherwise, or all where there are none.
  var programNames: [String] {
    let loaded = object.entries.filter { !$0.flags.contains(.notLoadedByDefault) }
    return (loaded.isEmpty ? object.entries : loaded).map(\.name)
  }

  /// The one program that is asked for: the named one, or the only one there is.
  func program(_ name: String?) throws(CommandError) -> Program {
    if let name { return try link(name) }
    let names = programNames
    switch names.count {
    case 1: return try link(names[0])
    case 0:
      throw .badInput("'\(object.name)' holds no XDP program: a program is a function in a section 'xdp'")
    default:
      throw .badInput(
        "'\(object.name)' holds \(names.count) programs: choose one with --program, of \(names.joined(separator: ", "))"
      )
    }
  }

  /// The program that is asked for, after it those that its program arrays hold from the start, and with `passages` those
  /// that its devmaps and cpumaps can be given.
  func programs(_ name: String?, passages: Bool = false) throws(CommandError) -> [Program] {
    try requireXDP(name)
    let first = try program(name)
    try requireXDP(first.name)
    var programs = [first]
    for case .programs(let names) in first.maps.map(\.initialContents) {
      for name in names.sorted(by: { $0.key < $1.key }).map(\.value)
      where !programs.contains(where: { $0.name == name }) {
        programs.append(try link(name))
      }
    }
    guard passages else { return programs }
    for type in first.maps.compactMap(\.passageType) {
      for entry in object.entries
      where entry.attachType == type && !programs.contains(where: { $0.name == entry.name }) {
        programs.append(try link(entry.name))
      }
    }
    return programs
  }

  /// The programs that are to be verified: the named one, or all XDP programs, also those that are only loaded by name.
  func programsToVerify(_ name: String?) throws(CommandError) -> [Program] {
    try requireXDP(name, for: "verified")
    if let name { return [try link(name)] }
    // For an object without programs, the usual refusal.
    guard !object.entries.isEmpty else { return [try program(nil)] }
    var programs: [Program] = []
    for entry in object.entries {
      if let type = entry.otherType {
        Console.warn("'\(entry.name)' is a \(type) program and is not verified: only XDP programs are")
      } else {
        programs.append(try link(entry.name))
      }
    }
    return programs
  }

  /// Refuses a program of another kind, or an object that has only such.
  private func requireXDP(_ name: String?, for purpose: String = "run") throws(CommandError) {
    guard let name else {
      let others = object.entries.compactMap(\.otherType)
      guard others.isEmpty || others.count < object.entries.count else {
        throw .badInput(
          "'\(object.name)' holds no XDP program, but programs of \(Set(others).sorted().joined(separator: ", "))"
        )
      }
      return
    }
    if let entry = object.entries.first(where: { $0.name == name }), let type = entry.otherType {
      throw .badInput(
        "'\(entry.name)' is a \(type) program by its section '\(entry.section)': only XDP programs can be \(purpose)"
      )
    }
  }

  /// Links one program.
  func link(_ name: String) throws(CommandError) -> Program {
    let kernel = object.usesKernelTypes ? try kernel.types() : nil
    do throws(ObjectError) {
      return try object.linked(name, kernel: kernel, kconfig: KernelConfiguration.values)
    } catch {
      throw .badInput("\(error)")
    }
  }
}

extension MapDefinition {
  /// What kind of program the map's entries can name; nil for none.
  var passageType: AttachType? {
    switch type {
    case .devmap, .devmapHash: valueSize == 8 ? .devmap : nil
    case .cpumap: valueSize == 8 ? .cpumap : nil
    default: nil
    }
  }
}
