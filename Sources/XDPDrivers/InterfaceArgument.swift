/// An interface as people name it to the command: `eth0`, `pcap:IN[,OUT]`, `memory:count=1000`.
public enum InterfaceArgument: Hashable, Sendable {
  /// A network interface of the kernel, such as `eth0`.
  case kernel(String)
  /// `pcap:IN[,OUT]`: the packets of a capture, and where to write what became of them. `pcap:,OUT` only takes packets.
  case pcap(input: String?, output: String?)
  /// `tap:NAME`: a TAP device.
  case tap(String)
  /// `packet:NAME`: AF_PACKET on an interface.
  case packet(String)
  /// `xsk:NAME[:QUEUE]`: AF_XDP on an interface, on all its queues where none is named.
  case xsk(String, queue: Int?)
  /// `memory:DESCRIPTION`: made-up packets.
  case memory(TrafficDescription)
  /// `memory:wire=NAME`: one end of a wire in memory, whose other end is the interface that names it too.
  case wire(String)

  /// Reads an argument.
  public init(parsing argument: String) throws(InterfaceArgumentError) {
    let parts = argument.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      self = .kernel(try Self.interfaceName(parts[0], in: argument))
      return
    }
    switch parts[0] {
    case "pcap": self = try Self.capture(parts[1], in: argument)
    case "tap": self = .tap(try Self.interfaceName(parts[1], in: argument))
    case "packet": self = .packet(try Self.interfaceName(parts[1], in: argument))
    case "xsk": self = try Self.socket(parts[1], in: argument)
    case "memory" where parts[1].hasPrefix("wire="): self = .wire(try Self.wireName(parts[1], in: argument))
    case "memory": self = .memory(try TrafficDescription(parsing: String(parts[1])))
    default:
      let kinds = "NAME, pcap:IN[,OUT], tap:NAME, packet:NAME, xsk:NAME[:QUEUE], memory:DESCRIPTION"
      throw InterfaceArgumentError(
        argument: argument,
        reason: "there is no kind '\(parts[0]):'; possible are \(kinds)"
      )
    }
  }

  /// Why this version cannot open it, or nil where it can.
  public var refusal: String? {
    let instead = "pcap: and memory: can be used"
    return switch self {
    case .pcap, .memory, .wire: nil
    case .kernel: "programs in the kernel's hook are not supported yet; \(instead)"
    case .tap: "tap: (TAP devices) is not supported yet; \(instead)"
    case .packet: "packet: (AF_PACKET) is not supported yet; \(instead)"
    case .xsk: "xsk: (AF_XDP sockets) is not supported yet; \(instead)"
    }
  }

  private static func capture(_ text: Substring, in argument: String) throws(InterfaceArgumentError) -> Self {
    let files = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let input = files[0].isEmpty ? nil : files[0]
    let output = files.count == 2 ? files[1] : nil
    guard input != nil || output != nil, output != "" else {
      throw InterfaceArgumentError(argument: argument, reason: "a file is missing: pcap:IN.pcap[,OUT.pcapng]")
    }
    guard input != output else {
      throw InterfaceArgumentError(argument: argument, reason: "the capture to write is the one to read")
    }
    return .pcap(input: input, output: output)
  }

  private static func socket(_ text: Substring, in argument: String) throws(InterfaceArgumentError) -> Self {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    let name = try interfaceName(parts[0], in: argument)
    guard parts.count == 2 else { return .xsk(name, queue: nil) }
    guard let queue = UInt32(parts[1]), queue <= UInt16.max else {
      throw InterfaceArgumentError(argument: argument, reason: "'\(parts[1])' is no queue's number")
    }
    return .xsk(name, queue: Int(queue))
  }

  private static func wireName(
    _ text: Substring,
    in argument: String
  ) throws(InterfaceArgumentError) -> String {
    let name = text.dropFirst("wire=".count)
    guard !name.isEmpty, !name.contains(where: { ",= ".contains($0) }) else {
      throw InterfaceArgumentError(argument: argument, reason: "a wire is memory:wire=NAME and nothing else")
    }
    return String(name)
  }

  /// Checks what the kernel checks: at most 15 bytes, no slash, no space, neither `.` nor `..`.
  private static func interfaceName(
    _ text: Substring,
    in argument: String
  ) throws(InterfaceArgumentError) -> String {
    func refuse(_ reason: String) -> InterfaceArgumentError {
      InterfaceArgumentError(argument: argument, reason: reason)
    }
    guard !text.isEmpty else { throw refuse("an interface's name is missing") }
    if text.contains("/") || text.contains(".pcap") {
      throw refuse("this is no interface's name; a capture is pcap:\(text)")
    }
    guard text.utf8.count <= 15 else { throw refuse("an interface's name has at most 15 bytes") }
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ":") && $0 != 0x7f }
    guard isPlain, text != ".", text != ".." else { throw refuse("'\(text)' cannot be an interface's name") }
    return String(text)
  }
}

extension InterfaceArgument: CustomStringConvertible {
  /// The argument as it could have been given.
  public var description: String {
    switch self {
    case .kernel(let name): name
    case .pcap(let input, let output): "pcap:" + (input ?? "") + (output.map { ",\($0)" } ?? "")
    case .tap(let name): "tap:\(name)"
    case .packet(let name): "packet:\(name)"
    case .xsk(let name, let queue): "xsk:\(name)" + (queue.map { ":\($0)" } ?? "")
    case .memory(let traffic): "memory:\(traffic)"
    case .wire(let name): "memory:wire=\(name)"
    }
  }
}
