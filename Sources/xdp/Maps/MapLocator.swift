import ArgumentParser
import BTF
import LinuxKernel

/// How a map in the kernel is named on the command line.
enum MapLocator: ExpressibleByArgument {
  case id(UInt32)
  case pin(String)
  case name(String)

  init?(argument: String) {
    if let id = UInt32(argument) {
      self = .id(id)
    } else if argument.contains("/") {
      self = .pin(argument)
    } else if argument.isEmpty {
      return nil
    } else {
      self = .name(argument)
    }
  }

  /// All maps, or those of a program.
  static func maps(of program: UInt32?) throws(CommandError) -> [MapInfo] {
    guard let program else { return try CommandError.asking { () throws(KernelError) in try MapInfo.all() } }
    let info = try CommandError.asking { () throws(KernelError) in try ProgramInfo(id: program) }
    guard let info else { throw .badInput("there is no program \(program)") }
    return try CommandError.asking { () throws(KernelError) in
      var maps: [MapInfo] = []
      for id in info.mapIDs { if let map = try MapInfo(id: id) { maps.append(map) } }
      return maps
    }
  }

  /// Opens the map, with the types of its keys and values.
  func open() throws(CommandError) -> (map: KernelMap, types: BTF?) {
    let map: KernelMap
    switch self {
    case .pin(let path): map = try CommandError.asking { () throws(KernelError) in try .open(pinnedAt: path) }
    case .id(let id): map = try Self.opened(id)
    case .name(let name): map = try Self.opened(try Self.id(of: name))
    }
    return (map, try CommandError.asking { () throws(KernelError) in try map.storedTypes() })
  }

  /// What the kernel tells of it.
  func information() throws(CommandError) -> MapInfo {
    let map = try open().map
    let info = try CommandError.asking { () throws(KernelError) in try MapInfo(id: map.id) }
    guard let info else { throw .badInput("there is no map \(map.id) any more") }
    return info
  }

  private static func opened(_ id: UInt32) throws(CommandError) -> KernelMap {
    guard let map = try CommandError.asking({ () throws(KernelError) in try KernelMap.open(id: id) }) else {
      throw .badInput("there is no map \(id); see xdp map list")
    }
    return map
  }

  /// The kernel keeps 15 bytes of a name.
  private static func id(of name: String) throws(CommandError) -> UInt32 {
    let kept = String(decoding: name.utf8.prefix(15), as: UTF8.self)
    let found = try maps(of: nil).filter { $0.name == kept }
    switch found.count {
    case 1: return found[0].id
    case 0: throw .badInput("there is no map '\(name)'; see xdp map list")
    default:
      let ids = found.map { String($0.id) }.joined(separator: ", ")
      throw .badInput("\(found.count) maps are called '\(kept)': choose one by its number, of \(ids)")
    }
  }
}
