/// Packets that choose, by their first byte, what the fixture `command.o` does with them.
enum Packets {
  /// A frame of 20 bytes that begins with the choice, as hex.
  static func choosing(_ choice: UInt8) -> String {
    let digits = String(choice, radix: 16)
    return (digits.count == 1 ? "0" : "") + digits + "112233445502aabbccddee08004500deadbeef"
  }

  /// `--packet` for each choice.
  static func options(_ choices: some Sequence<UInt8>) -> [String] {
    choices.flatMap { ["--packet", choosing($0)] }
  }
}
