import TestSupport

/// The packets that a program gets one after the other.
struct ProgramPackets {
  /// A packet, and what it is in words.
  struct Step {
    var name: String
    var bytes: [UInt8]
    var metadata: [UInt8] = []
    /// How much of the packet is in its first piece; nil for as much as fits.
    var linear: Int?
  }

  /// The steps that belong to a seed.
  let steps: [Step]

  /// Packets of every kind in an order of chance: whole, damaged, and, if asked for, cut at every header's end and a
  /// byte before and behind it.
  ///
  /// For programs that know fragments, half of them come in pieces, and some are up to 9,000 bytes long.
  init(seed: UInt64, cut: Bool, inPieces: Bool = false) {
    var random = SplitMix(seed: seed), steps: [Step] = []
    for kind in PacketKind.all.shuffled(using: &random) {
      let packet = kind.packet(&random)
      var variants = [(kind.name, packet), (kind.name + ", damaged", packet.damaged(&random))]
      if cut {
        let places = Set(packet.boundaries.flatMap { [$0 - 1, $0, $0 + 1] }).sorted()
        variants += places.map { ("\(kind.name), cut at \($0)", packet.truncated(to: $0)) }
      }
      for (name, packet) in variants where (14...3300).contains(packet.bytes.count) {
        let metadata = random.bytes(random.pick([0, 0, 0, 4, 8, 32, 216]))
        steps.append(Step(name: name, bytes: packet.bytes, metadata: metadata))
      }
      if packet.bytes.count > 3300 { steps.append(Step(name: kind.name, bytes: packet.bytes)) }
    }
    if inPieces {
      for index in steps.indices where Bool.random(using: &random) && steps[index].bytes.count > 14 {
        steps[index].linear = Int.random(in: 14..<steps[index].bytes.count, using: &random)
      }
      for size in [3521, 3600, 4096, 5000, 7616, 8191, 9000] {
        let flow = PacketFlow(&random)
        let packet = SamplePacket(random.bytes(size - 42)).udp(flow).ipv4(flow, .udp).ethernet(flow, .ipv4)
        for linear in [nil, 14, 60, 1500, 3520] {
          steps.append(Step(name: "a jumbo frame of \(size) bytes", bytes: packet.bytes, linear: linear))
        }
      }
    }
    self.steps = steps
  }

  /// What a client answers to SYN and ACK over IPv4 without options: ACK; nil for any other packet.
  static func acknowledgement(of packet: [UInt8]) -> [UInt8]? {
    guard packet.count >= 54, packet[12] == 8, packet[13] == 0, packet[14] == 0x45, packet[23] == 6,
      packet[47] & 0x17 == 0x12
    else { return nil }
    var answer = packet
    answer.replaceSubrange(26..<30, with: packet[30..<34])
    answer.replaceSubrange(30..<34, with: packet[26..<30])
    answer.replaceSubrange(34..<36, with: packet[36..<38])
    answer.replaceSubrange(36..<38, with: packet[34..<36])
    let sequence = packet[38..<42].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    answer.replaceSubrange(38..<42, with: packet[42..<46])
    answer.replaceSubrange(42..<46, with: (sequence &+ 1).networkBytes)
    answer[47] = 0x10
    return answer
  }
}
