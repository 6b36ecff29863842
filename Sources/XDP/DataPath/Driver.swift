/// Takes packets: a driver's transmit side, the way up to the network stack, a capture.
public protocol PacketSink: AnyObject {
  /// Sends what it can, empties the batch, and answers how many packets it sent.
  ///
  /// What cannot be sent is dropped. The frames may be of another pool than the sink's own; a sink that keeps them
  /// until they are sent takes them with `relinquishAll` and gives them back to `batch.pool`.
  func transmit(_ batch: inout PacketBatch) throws(DriverError) -> Int
}

/// One queue of an interface: where packets come from and go to.
///
/// One dynamic call a batch. A driver belongs to one worker's thread, as its pool does.
public protocol Driver: PacketSink {
  /// The interface that the driver stands for.
  var interface: NetworkInterface { get }
  /// What the driver can do.
  var capabilities: DriverCapabilities { get }
  /// Where received packets' frames come from.
  var pool: FramePool { get }

  /// Fills an empty batch, made for `pool`, with the packets that are there, and says whether more may come.
  ///
  /// Sets `ingressIfindex`, `rxQueue` and `hasTimestamps`. It does not wait: a queue where nothing has arrived is
  /// `idle` at once. An error ends the path.
  func receive(into batch: inout PacketBatch) throws(DriverError) -> Reception

  /// Waits until packets may have arrived, and no longer than that.
  ///
  /// Called after `receive` has been idle for a while. A driver that can be woken waits for that; the others sleep, a
  /// millisecond at most.
  func rest(atMost time: Duration)
}

extension Driver {
  /// Sleeps, a millisecond at most.
  public func rest(atMost time: Duration) { ThisThread.sleep(min(time, Duration.milliseconds(1))) }
}

/// How a `receive` went.
public enum Reception: Hashable, Sendable {
  /// There are packets in the batch.
  case packets
  /// Nothing has arrived; ask again later.
  case idle
  /// Nothing will ever come again, such as at the end of a capture.
  case finished
}

/// What a driver can do.
public struct DriverCapabilities: OptionSet, Hashable, Sendable {
  /// The bits of the set.
  public let rawValue: UInt32
  /// Makes a set from its bits.
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  /// Its frames have the headroom and tailroom that programs may expect: programs run on them in place.
  public static let native = DriverCapabilities(rawValue: 1 << 0)
  /// It can send.
  public static let transmit = DriverCapabilities(rawValue: 1 << 1)
  /// It knows when each packet was received.
  public static let timestamps = DriverCapabilities(rawValue: 1 << 2)
  /// The interface writes into the frames itself, without a copy.
  public static let zeroCopy = DriverCapabilities(rawValue: 1 << 3)
}

/// Why a driver could not go on.
public struct DriverError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The interface's name as the user gave it.
  public var interface: String
  /// What was tried, such as `open` or `receive`.
  public var operation: String
  /// What happened, and what to do about it.
  public var reason: String

  /// Makes an error.
  public init(interface: String, operation: String, reason: String) {
    self.interface = interface
    self.operation = operation
    self.reason = reason
  }

  /// One line for a person.
  public var description: String { "\(interface): \(operation): \(reason)" }
}
