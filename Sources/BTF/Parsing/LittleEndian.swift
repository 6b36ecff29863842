extension RawSpan {
  /// Reads a little-endian integer at a byte offset; nil where it would reach past the end.
  ///
  /// Invariant: nothing is loaded unless `offset` and the integer's whole size lie within the span, and the
  /// loaded type is an integer, for which every bit pattern is a value. This is how all parsers of the
  /// package read bytes.
  @inlinable
  package func littleEndian<Value: FixedWidthInteger & BitwiseCopyable>(
    at offset: Int,
    as type: Value.Type = Value.self
  ) -> Value? {
    guard offset >= 0, offset <= byteCount, byteCount - offset >= MemoryLayout<Value>.size else { return nil }
    return Value(littleEndian: unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type))
  }

  /// A copy of the bytes.
  package func copiedBytes() -> [UInt8] {
    unsafe withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

extension [UInt8] {
  /// The array as the parsers read it; `Span.bytes` is unsafe only for elements with padding.
  package var rawBytes: RawSpan {
    @_lifetime(borrow self) borrowing get { unsafe span.bytes }
  }
}
