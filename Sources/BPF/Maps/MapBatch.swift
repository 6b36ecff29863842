/// Entries of a map that one call looked up.
public struct MapBatch: Hashable, Sendable {
  /// One key and its value, as `BPFMap` passes them.
  public struct Entry: Hashable, Sendable {
    /// The key's bytes.
    public var key: [UInt8]
    /// The value's bytes, `valueByteCount` of them.
    public var value: [UInt8]

    /// Makes an entry.
    public init(key: [UInt8], value: [UInt8]) {
      self.key = key
      self.value = value
    }
  }

  /// A place in a map's order, which only the map that gave it understands.
  public struct Place: Hashable, Sendable {
    /// What the map makes of it.
    public var bytes: [UInt8]
    /// Makes a place.
    public init(bytes: [UInt8]) { self.bytes = bytes }
  }

  /// The entries in the map's own order.
  public var entries: [Entry]
  /// Where the next batch begins, nil at the end of the map.
  public var next: Place?

  /// Makes a batch.
  public init(entries: [Entry], next: Place?) {
    self.entries = entries
    self.next = next
  }
}

/// Why a batch of updates or removals stopped.
public struct MapBatchError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was refused.
  public var error: MapError
  /// How many entries before it are done.
  public var completed: Int

  /// Makes an error.
  public init(_ error: MapError, completed: Int) {
    self.error = error
    self.completed = completed
  }

  /// One line for a person.
  public var description: String { "\(error), after \(completed) entries" }
}
