import BPF
import BTF

extension Engines {
  /// Writes a global variable on every engine: these bytes, then zeroes.
  func set(_ name: String, to bytes: [UInt8]) throws {
    let place = try place(of: name)
    let value = Array(bytes.prefix(place.byteCount))
    let padded = value + [UInt8](repeating: 0, count: place.byteCount - value.count)
    for map in [maps[place.map] as any BPFMap, kernelMaps[place.map]] {
      var whole = try map.lookup([0, 0, 0, 0]) ?? []
      whole.replaceSubrange(place.offset..<place.offset + place.byteCount, with: padded)
      try map.update([0, 0, 0, 0], to: whole, .any)
    }
  }

  /// The first 64-bit words of a global variable, ours and the kernel's.
  func values(of name: String, count: Int) throws -> (ours: [UInt64], kernels: [UInt64]) {
    let place = try place(of: name)
    func words(_ map: any BPFMap) throws -> [UInt64] {
      let bytes = try map.lookup([0, 0, 0, 0]) ?? []
      return (0..<count).map { index in
        (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[place.offset + index * 8 + $1]) << UInt64($1 * 8) }
      }
    }
    return try (words(maps[place.map]), words(kernelMaps[place.map]))
  }

  private func place(of name: String) throws -> (map: Int, offset: Int, byteCount: Int) {
    for global in globals where global.name == name {
      return (global.map, global.offset, global.byteCount)
    }
    throw UnknownGlobal(name: name)
  }
}

/// A name that no global variable has.
private struct UnknownGlobal: Error { var name: String }

extension Engines {
  /// The global variables whose words differ: each with its place, ours and the kernel's.
  func differingGlobals() throws -> [String] {
    var differing: [String] = []
    for global in globals {
      let count = global.byteCount / 8
      if count == 0 { continue }
      let values = try values(of: global.name, count: count)
      for index in 0..<count where values.ours[index] != values.kernels[index] {
        let ours = String(values.ours[index], radix: 16), kernels = String(values.kernels[index], radix: 16)
        differing.append("\(global.name)[\(index)]: 0x\(ours), the kernel's 0x\(kernels)")
      }
    }
    return differing
  }
}
