/// Where the parts of a map's storage begin, with every size checked for overflow.
struct StorageLayout {
  /// The size of a page: parts begin on one, so that no two share a cache line.
  static let pageByteCount = 4096

  /// The size of all parts in bytes, nil once it is more than an `Int` can say.
  private(set) var byteCount: Int? = 0

  /// Adds a part of `count` pieces of `stride` bytes; returns its offset, which means nothing once `byteCount` is nil.
  mutating func append(_ count: Int, of stride: Int = 1) -> Int {
    guard let offset = byteCount else { return 0 }
    byteCount = Self.product(count, stride).flatMap(Self.pages).flatMap { Self.sum(offset, $0) }
    return offset
  }

  /// `a * b`, nil on overflow.
  static func product(_ a: Int, _ b: Int) -> Int? {
    let (result, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow || result < 0 ? nil : result
  }

  /// `a + b`, nil on overflow.
  static func sum(_ a: Int, _ b: Int) -> Int? {
    let (result, overflow) = a.addingReportingOverflow(b)
    return overflow ? nil : result
  }

  /// A size rounded up to whole pages, nil on overflow.
  static func pages(_ byteCount: Int) -> Int? {
    sum(byteCount, pageByteCount - 1).map { $0 & ~(pageByteCount - 1) }
  }

  /// A size rounded up to whole 8-byte words.
  static func words(_ byteCount: Int) -> Int { (byteCount + 7) & ~7 }
}
