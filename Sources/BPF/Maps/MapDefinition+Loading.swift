extension MapDefinition {
  /// The definition of which a loader makes the map, on a machine that may have so many CPUs.
  ///
  /// What libbpf does for objects, loaders here do: a perf event array without a size has an entry for each CPU, and a ring
  /// buffer is as large as the next power of two of pages. The kernel refuses other sizes.
  public func fitted(cpuCount: Int) -> MapDefinition {
    var definition = self
    switch type {
    case .perfEventArray where maxEntries == 0: definition.maxEntries = cpuCount
    case .ringBuffer: definition.maxEntries = Self.ringByteCount(atLeast: maxEntries)
    default: break
    }
    definition.inner = inner.map { $0.fitted(cpuCount: cpuCount) }
    return definition
  }

  /// The next size that a ring buffer can have; what is no size, or has no next, stays as it is.
  private static func ringByteCount(atLeast count: Int) -> Int {
    guard count > 0, count <= 1 << 31 else { return count }
    var size = 4096
    while size < count { size <<= 1 }
    return size
  }
}
