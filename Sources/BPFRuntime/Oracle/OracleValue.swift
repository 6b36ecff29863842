import BPFMaps

/// The content of a register or of a spilled slot, with where it came from.
struct OracleValue {
  /// The bits; of a pointer, a host address.
  var bits: UInt64
  /// The index of the object that it points into, or nil for a number.
  var object: Int?
  /// Whether it was ever written.
  var isInitialized: Bool

  /// Never written.
  static let uninitialized = OracleValue(bits: 0, object: nil, isInitialized: false)

  /// A number.
  static func number(_ bits: UInt64) -> OracleValue {
    OracleValue(bits: bits, object: nil, isInitialized: true)
  }

  /// A pointer into an object.
  static func pointer(_ bits: UInt64, into object: Int) -> OracleValue {
    OracleValue(bits: bits, object: object, isInitialized: true)
  }
}

/// Something that a pointer can be made from.
struct OracleObject {
  var kind: Region.Kind
  /// Its first byte's host address.
  var base: UInt64
  var byteCount: Int
  var access: Region.Access
  /// False once it was given back, left, or changed by a helper.
  var isLive = true
  /// Of a map: itself; of a map's value: the map.
  var map: UserMap? = nil
  /// Of a slice: whom it goes with.
  var owner: UInt32 = 0
  /// Of a stack frame: which bytes were written.
  var written: [Bool] = []
  /// Of a stack frame: what aligned 8-byte slots hold, where that is a pointer.
  var spilled: [Int: OracleValue] = [:]
}
