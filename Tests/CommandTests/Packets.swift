import Foundation

/// Packets that choose, by their first byte, what the fixture `command.o` does with them.
enum Packets {
  /// A frame of 20 bytes that begins with the choice, as hex.
  static func choosing(_ choice: UInt8) -> String {
    let digits = String(choice, radix: 16)
    return (digits.count == 1 ? "0" : "") + digits + "112233445502aabbccddee08004500deadbeef"
  }

  /// Writes a pcap file of packets of zeros, as long as these numbers say, and gives its path.
  static func capture(lengths: [UInt32]) throws -> String {
    func words(_ numbers: [UInt32]) -> [UInt8] {
      numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    }
    var bytes = words([0xA1B2_C3D4, 4 << 16 | 2, 0, 0, 262_144, 1])
    for length in lengths {
      bytes += words([0, 0, length, length]) + [UInt8](repeating: 0, count: Int(length))
    }
    let file = URL.temporaryDirectory.appending(path: "\(UUID().uuidString).pcap")
    try Data(bytes).write(to: file)
    return file.path()
  }

  /// Removes a file that a test made.
  static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

  /// `--packet` for each choice.
  static func options(_ choices: some Sequence<UInt8>) -> [String] {
    choices.flatMap { ["--packet", choosing($0)] }
  }
}
