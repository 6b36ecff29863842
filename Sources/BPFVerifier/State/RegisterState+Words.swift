extension RegisterState {
  /// What it is, in words for a person, with its article.
  public var words: String {
    let noun =
      switch kind {
      case .uninitialized: "something that was never written"
      case .scalar: "a number"
      case .context: "the context"
      case .map: "a map"
      case .mapValue: "a pointer to a map's value"
      case .mapKey: "a pointer to a map's key"
      case .stack: "a stack pointer"
      case .packet: "a packet pointer"
      case .packetMetadata: "a pointer to the packet's metadata"
      case .packetEnd: "the packet's end"
      case .socket, .socketCommon, .tcpSocket, .xdpSocket: "a socket"
      case .object: traits.contains(.allocated) ? "an allocated object" : "a kernel object"
      case .memory: traits.contains(.ringRecord) ? "a ring buffer's record" : "a memory pointer"
      case .function: "a function's address"
      case .dynptr: "a dynptr"
      case .arena: "a pointer into the arena"
      }
    return noun
  }
}
