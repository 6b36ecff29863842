/// What a test run left.
public struct TestRunResult: Hashable, Sendable, CustomStringConvertible {
  /// What the last run returned, known as an action or not.
  public var returned: UInt32
  /// The packet, all its buffers.
  public var data: [UInt8]
  /// The bytes between `data_meta` and `data`.
  public var metadata: [UInt8]
  /// How much of the packet is in its first buffer.
  public var linearByteCount: Int
  /// How long a run took, on average over the repeats.
  public var nanoseconds: Int

  /// Makes a result.
  public init(
    returned: UInt32,
    data: [UInt8],
    metadata: [UInt8],
    linearByteCount: Int,
    nanoseconds: Int
  ) {
    self.returned = returned
    self.data = data
    self.metadata = metadata
    self.linearByteCount = linearByteCount
    self.nanoseconds = nanoseconds
  }

  /// One line for a person.
  public var description: String {
    "returned \(returned), \(data.count) bytes after \(metadata.count) of metadata, in \(nanoseconds) ns"
  }
}
