import BPF
import LinuxKernel

/// The helpers that move a packet's ends.
enum AdjustHelper: UInt32, Sendable {
  case head = 44
  case meta = 54
  case tail = 65

  /// A program that calls the helper with the number in the packet's first four bytes and returns what it says.
  func loadedProgram() throws -> LoadedProgram {
    try KernelEngine.load(
      Program.assembled(
        """
        r0 = 1
        r2 = *(u32 *)(r1 +0)
        r3 = *(u32 *)(r1 +4)
        r4 = r2
        r4 += 4
        if r4 > r3 goto done
        r2 = *(u32 *)(r2 +0)
        call \(rawValue)
        done:
        exit
        """
      )
    )
  }

  /// A packet for it.
  static func packet(_ byteCount: Int, delta: Int) -> [UInt8] {
    let word = UInt32(bitPattern: Int32(delta)).littleEndian
    return (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
      + [UInt8].counting(byteCount).dropFirst(4)
  }

  /// How long packet and metadata are after a successful call.
  func lengths(packet: Int, _ metadata: Int, by delta: Int) -> (packet: Int, metadata: Int) {
    switch self {
    case .head: (packet - delta, metadata)
    case .meta: (packet, metadata - delta)
    case .tail: (packet + delta, metadata)
    }
  }
}

extension Program {
  /// A GPL program of this text.
  static func assembled(_ text: String, maps: [MapDefinition] = []) throws -> Program {
    Program("test", try Assembler.assemble(text), license: "GPL", maps: maps)
  }
}

extension [UInt8] {
  /// So many bytes, each its own position's low byte.
  static func counting(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
}
