import BPF
import TestSupport

/// One thing that a control plane can ask of a map.
enum MapOperation: Sendable, CustomStringConvertible {
  case lookup([UInt8])
  case update([UInt8], [UInt8], flags: UInt64)
  case delete([UInt8])
  case take([UInt8], flags: UInt64)
  case nextKey([UInt8]?)

  /// What a map answered.
  enum Answer: Equatable, CustomStringConvertible {
    case bytes([UInt8]?)
    case done
    case refused(LinuxErrno)

    var description: String {
      switch self {
      case .bytes(let bytes): bytes.map { "\($0)" } ?? "nothing"
      case .done: "done"
      case .refused(let code): code.name
      }
    }
  }

  var description: String {
    switch self {
    case .lookup(let key): "lookup \(key)"
    case .update(let key, let value, let flags): "update \(key) to \(value) with flags \(flags)"
    case .delete(let key): "delete \(key)"
    case .take(let key, let flags): "take \(key) with flags \(flags)"
    case .nextKey(let key): "next key after \(key.map { "\($0)" } ?? "none")"
    }
  }

  /// Asks the map.
  func perform(on map: any BPFMap) -> Answer {
    do throws(MapError) {
      switch self {
      case .lookup(let key): return .bytes(try map.lookup(key))
      case .update(let key, let value, let flags):
        try map.update(key, to: value, MapUpdateFlags(rawValue: flags))
        return .done
      case .delete(let key):
        try map.delete(key)
        return .done
      case .take(let key, let flags):
        return .bytes(try map.take(key, MapUpdateFlags(rawValue: flags)))
      case .nextKey(let key): return .bytes(try map.nextKey(after: key))
      }
    } catch {
      return .refused(error.code)
    }
  }
}

extension SplitMix {
  /// An operation on one of these keys, with flags of which about one in four are no good.
  mutating func operation(keys: [[UInt8]], values: [[UInt8]], walks: Bool) -> MapOperation {
    switch Int.random(in: 0..<(walks ? 10 : 8), using: &self) {
    case 0, 1: .lookup(pick(keys))
    case 2: .delete(pick(keys))
    case 3: .take(pick(keys), flags: pick([0, 0, 0, 1, 4]))
    case 4...7:
      .update(pick(keys), pick(values), flags: pick([0, 0, 0, 0, 1, 1, 2, 2, 3, 4, 8, 1 << 32, .max]))
    default: .nextKey(Int.random(in: 0..<4, using: &self) == 0 ? nil : pick(keys))
    }
  }
}

/// Everything in a map, walked from the first key to the last, or taken out in order where there are no keys.
func contents(of map: any BPFMap) throws -> [[UInt8]: [UInt8]] {
  var result: [[UInt8]: [UInt8]] = [:]
  switch map.definition.type {
  case .bloomFilter, .xskmap, .perfEventArray, .ringBuffer: return [:]
  case .queue where map.definition.flags.contains(.readOnly): return [:]
  case .queue, .stack:
    while let value = try map.take([]) { result[[UInt8(truncatingIfNeeded: result.count)]] = value }
    return result
  default: break
  }
  var key = try map.nextKey(after: nil)
  while let current = key {
    // Positions of devmaps and program arrays are walked even where there is nothing.
    if let value = try map.lookup(current) { result[current] = value }
    key = try map.nextKey(after: current)
  }
  return result
}
