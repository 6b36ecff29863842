extension BinaryInteger {
  /// A number of bytes in words: `1 byte`, `2 bytes`.
  var byteText: String { self == 1 ? "1 byte" : "\(self) bytes" }
}
