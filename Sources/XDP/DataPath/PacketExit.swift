/// The ways by which packets leave a path, each of which may be too full to take one: back-pressure.
public enum PacketExit: String, Hashable, Sendable, CaseIterable {
  /// Back by the interface that they came in by.
  case bounce
  /// By the interface that they were redirected to.
  case interface
  /// To the stack.
  case stack
  /// Into a socket.
  case socket

  /// What was taken at this exit.
  var taken: Counter {
    switch self {
    case .bounce, .interface: .transmitted
    case .stack, .socket: .delivered
    }
  }

  /// What was refused at this exit.
  var refused: Counter {
    switch self {
    case .bounce: .refusedByInterface
    case .interface: .refusedByTarget
    case .stack: .refusedByStack
    case .socket: .refusedBySocket
    }
  }
}
