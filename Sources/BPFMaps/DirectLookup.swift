/// How machine code looks up one certain map by itself, without the helper that serves all maps.
///
/// Unsafe: addresses are good as long as the map lives. A function is called as `function(state, object, key)` with a key of the
/// map's size, and gives the value's address or 0; it refuses nothing and calls nothing back.
package struct DirectLookup: Sendable {
  /// A look-up of one map: the worker's state, `object`, the key's address; back comes the value's address, or 0.
  package typealias Function = @convention(c) (UnsafeMutableRawPointer, UInt64, UInt64) -> UInt64

  /// Where a value lies; that of CPU 0, where every CPU has its own.
  package enum Place: Sendable {
    /// `base + index * stride`, for an index, the 4 bytes of the key, that is below `count`.
    case array(base: UInt64, stride: Int, count: UInt32)
    /// Where a function says, which gets `object` in the map's stead.
    case function(address: UInt64, object: UInt64)
  }

  /// Where the value lies.
  package let place: Place
  /// From one CPU's value to the next one's: what a CPU's number is multiplied with; 0 where there is one for all.
  package let cpuStride: Int
  /// How many CPUs have values: others find nothing.
  package let cpuCount: Int

  init(_ place: Place, cpuStride: Int = 0, cpuCount: Int = 1) {
    self.place = place
    self.cpuStride = cpuStride
    self.cpuCount = cpuCount
  }

  /// A look-up by a function in an object that is not the map itself but lives as long.
  @unsafe init(_ function: Function, in object: AnyObject, cpuStride: Int = 0, cpuCount: Int = 1) {
    let address = unsafe UInt64(unsafeBitCast(function, to: UInt.self))
    let word = unsafe UInt64(UInt(bitPattern: Unmanaged.passUnretained(object).toOpaque()))
    self.init(.function(address: address, object: word), cpuStride: cpuStride, cpuCount: cpuCount)
  }

  /// The object and the key's address, as a function gets them.
  @inline(__always) @unsafe static func arguments<Object: AnyObject>(
    _ object: UInt64,
    _ key: UInt64,
    as _: Object.Type
  ) -> (Unmanaged<Object>, UnsafeRawPointer) {
    unsafe (
      .fromOpaque(UnsafeRawPointer(bitPattern: UInt(object)).unsafelyUnwrapped),
      UnsafeRawPointer(bitPattern: UInt(key)).unsafelyUnwrapped
    )
  }

  /// An address as it goes back to machine code.
  @inline(__always) @unsafe static func answer(_ value: UnsafeMutableRawPointer?) -> UInt64 {
    UInt64(UInt(bitPattern: value))
  }
}
