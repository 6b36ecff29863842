import ArgumentParser

/// A number of bytes, with an optional unit: `4096`, `512K`, `256M`, `2GiB`.
package struct ByteSize: ExpressibleByArgument, Hashable {
  /// In bytes, at least 1.
  package var byteCount: Int

  package init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let shifts = [
      "": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30,
      "t": 40, "tib": 40,
    ]
    guard let count = Int(digits), let shift = shifts[argument.dropFirst(digits.count).lowercased()] else {
      return nil
    }
    let (bytes, overflow) = count.multipliedReportingOverflow(by: 1 << shift)
    guard !overflow, bytes > 0 else { return nil }
    byteCount = bytes
  }
}
