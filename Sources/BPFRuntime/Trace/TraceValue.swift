public import BPFMaps

/// What a register or a spilled slot held, with what it points into.
public struct TraceValue: Hashable, Sendable {
  /// The bits; of a pointer, a host address, which is another in every run.
  public var bits: UInt64
  /// What a pointer points into; nil for a number.
  public var place: TracePlace?

  /// Makes a value.
  public init(bits: UInt64, place: TracePlace? = nil) {
    self.bits = bits
    self.place = place
  }
}

/// What a pointer points into; offsets are in bytes.
public enum TracePlace: Hashable, Sendable {
  /// The program's context.
  case context(Int)
  /// A stack frame, the entry's being 0; the offset is from the frame's end, where `r10` points.
  case stack(frame: Int, Int)
  /// The packet, from its first byte, and how long its linear part is.
  case packet(Int, length: Int)
  /// The metadata before the packet, from its first byte.
  case metadata(Int)
  /// A map's value; the key is nil where it is not known.
  case mapValue(TraceMap, key: [UInt8]?, Int)
  /// A record of a ring buffer.
  case record(TraceMap?, Int)
  /// A map itself.
  case map(TraceMap)
  /// A function of the program.
  case function(slot: Int)
  /// The memory that a run without context is given, or that a kernel function lent.
  case memory(Int)
  /// What is no object any more, such as `the packet` as it was before a helper changed it.
  case gone(String)
}

extension TracePlace: CustomStringConvertible {
  /// Such as `ctx+4`, `fp-8`, `pkt+14`, `flows value+8`; `frame 1 fp-8` for the stack of a called function.
  public var description: String {
    func plus(_ offset: Int) -> String { offset == 0 ? "" : offset < 0 ? "\(offset)" : "+\(offset)" }
    return switch self {
    case .context(let offset): "ctx" + plus(offset)
    case .stack(let frame, let offset): (frame == 0 ? "" : "frame \(frame) ") + "fp" + plus(offset)
    case .packet(let offset, _): "pkt" + plus(offset)
    case .metadata(let offset): "meta" + plus(offset)
    case .mapValue(let map, _, let offset): "\(map.name) value" + plus(offset)
    case .record(let map, let offset): (map.map { "\($0.name) " } ?? "") + "record" + plus(offset)
    case .map(let map): "map \(map.name)"
    case .function(let slot): "function at slot \(slot)"
    case .memory(let offset): "mem" + plus(offset)
    case .gone(let what): "\(what), gone"
    }
  }
}

extension TraceValue: CustomStringConvertible {
  /// A pointer's place; a number in decimal, in hexadecimal from 2^16 on.
  public var description: String {
    if let place { return place.description }
    return bits < 1 << 16 ? "\(bits)" : "0x" + String(bits, radix: 16)
  }
}

/// A map that a run used; two are equal if they are the same map.
public struct TraceMap: Hashable, Sendable {
  /// The map.
  public let map: UserMap

  /// Names a map.
  public init(_ map: UserMap) { self.map = map }

  /// Its name in the object.
  public var name: String { map.definition.name }

  /// Whether it is the same map.
  public static func == (left: TraceMap, right: TraceMap) -> Bool { left.map === right.map }
  /// Hashes which map it is.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(map)) }
}
