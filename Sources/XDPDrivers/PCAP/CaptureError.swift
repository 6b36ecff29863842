/// Why a capture could not be read or written.
///
/// Packets count from 1, as Wireshark counts them.
public enum CaptureError: Error, Hashable, Sendable {
  /// The file could not be opened or read.
  case notReadable(file: String, reason: String)
  /// The file is neither pcap nor pcapng, or its headers are damaged.
  case notCapture(file: String, reason: String)
  /// The packets are not Ethernet frames; `linkType` is libpcap's name for what they are.
  case notEthernet(file: String, linkType: String)
  /// A packet's record is damaged or cut off; the packets before it were good.
  case damaged(file: String, packet: UInt64, reason: String)
  /// The file that is to be written is one that is read.
  case isInput(file: String)
  /// The file could not be created or written to.
  case notWritable(file: String, reason: String)

  /// The file, as the caller named it.
  public var file: String {
    switch self {
    case .notReadable(let file, _), .notCapture(let file, _), .notEthernet(let file, _),
      .damaged(let file, _, _), .notWritable(let file, _), .isInput(let file):
      file
    }
  }
}

extension CaptureError: CustomStringConvertible {
  /// One line for a person, beginning with the file.
  public var description: String { "\(file): \(reason)" }

  /// The line without the file.
  var reason: String {
    switch self {
    case .notReadable(_, let reason): "cannot read the capture: \(reason)"
    case .notCapture(_, let reason): "not a pcap or pcapng capture: \(reason)"
    case .notEthernet(_, let linkType):
      "link type \(linkType): XDP sees Ethernet frames, so only captures of link type EN10MB can be read"
    case .damaged(_, let packet, let reason): "packet \(packet) is damaged: \(reason)"
    case .isInput: "cannot write the capture: it is a file that is read; name another one"
    case .notWritable(_, let reason): "cannot write the capture: \(reason)"
    }
  }
}
