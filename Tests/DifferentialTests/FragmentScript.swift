import BPF
import TestSupport

/// A program that moves the ends of a packet with fragments and copies bytes in and out of it, as a map tells it.
///
/// After every step it keeps what the helper returned, the packet's length, and the lengths of the linear part and of the
/// metadata.
struct FragmentScript {
  /// One call of a helper.
  struct Step: Sendable, CustomStringConvertible {
    enum Target: UInt32, Sendable, CaseIterable { case head = 1, tail, metadata, load, store, pull }
    var target: Target
    /// How far an end moves, or where bytes are.
    var offset: Int32
    /// How many bytes are copied.
    var count: UInt32 = 0
    var description: String { "\(target) \(offset)" + (count > 0 ? ", \(count) bytes" : "") }
    /// As the program reads it.
    var bytes: [UInt8] {
      [target.rawValue, UInt32(bitPattern: offset), count, 0].flatMap { word in
        (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
      }
    }
  }

  /// More than any packet offset that the helpers take.
  static let room = 70_000
  /// The maps: steps, results, bytes that were loaded, bytes to store.
  static let maps = [
    map("steps", 16 * 8), map("results", 24 * 8), map("loaded", room), map("stored", room),
  ]

  private static func map(_ name: String, _ valueSize: Int) -> MapDefinition {
    MapDefinition(name: name, type: .array, keySize: 4, valueSize: valueSize, maxEntries: 1)
  }

  /// The program for so many steps, of a section that knows fragments or not.
  static func program(stepCount: Int, flags: ProgramFlags = .frags) throws -> Program {
    var program = try Program.assembled(
      """
      r6 = r1
      r7 = map[idx:0][0]+0
      r8 = map[idx:1][0]+0
      \((0..<stepCount).map(step).joined(separator: "\n"))
      r0 = 2
      exit
      """,
      maps: maps,
      flags: flags
    )
    var slot = 0, slots: [Int] = []
    for instruction in program.instructions {
      if case .call(.kernelFunction) = instruction { slots.append(slot) }
      slot += instruction.slotCount
    }
    program.externs = [
      Extern(name: "bpf_xdp_pull_data", kind: .function, isWeak: false, type: 0, slots: slots)
    ]
    return program
  }

  private static func step(_ number: Int) -> String {
    """
    r1 = *(u32 *)(r7 +\(16 * number))
    r2 = *(s32 *)(r7 +\(16 * number + 4))
    r4 = *(u32 *)(r7 +\(16 * number + 8))
    r0 = 77
    if r4 == 0 goto ends\(number)
    if r4 > \(room) goto look\(number)
    if r1 == 5 goto store\(number)
    r3 = map[idx:2][0]+0
    r1 = r6
    call 189
    goto look\(number)
    store\(number):
    r3 = map[idx:3][0]+0
    r1 = r6
    call 190
    goto look\(number)
    ends\(number):
    if r1 == 2 goto tail\(number)
    if r1 == 3 goto metadata\(number)
    if r1 == 6 goto pull\(number)
    r1 = r6
    call 44
    goto look\(number)
    tail\(number):
    r1 = r6
    call 65
    goto look\(number)
    pull\(number):
    r1 = r6
    call kernel-function#0
    goto look\(number)
    metadata\(number):
    r1 = r6
    call 54
    look\(number):
    *(u64 *)(r8 +\(24 * number)) = r0
    r1 = r6
    call 188
    *(u64 *)(r8 +\(24 * number + 8)) = r0
    r1 = *(u32 *)(r6 +0)
    r2 = *(u32 *)(r6 +4)
    r3 = *(u32 *)(r6 +8)
    r2 -= r1
    r1 -= r3
    *(u32 *)(r8 +\(24 * number + 16)) = r2
    *(u32 *)(r8 +\(24 * number + 20)) = r1
    """
  }
}

extension Engines {
  /// Runs steps on a packet, and says what the engines do not agree about; nil for nothing.
  mutating func difference(
    _ steps: [FragmentScript.Step],
    on packet: [UInt8],
    metadata: [UInt8] = [],
    linear: Int
  ) throws -> String? {
    let zero = [UInt8](repeating: 0, count: 4)
    let padding = [UInt8](repeating: 0, count: 16 * (8 - steps.count))
    try maps[0].update(zero, to: steps.flatMap(\.bytes) + padding)
    try kernelMaps[0].update(zero, to: steps.flatMap(\.bytes) + padding)
    let seen = try run(packet, metadata: metadata, linear: linear)
    let ours = try maps[1].lookup(zero), kernels = try kernelMaps[1].lookup(zero)
    if ours != kernels { return "results \(ours ?? []), the kernel's \(kernels ?? [])" }
    if seen.interpreter != seen.kernel {
      let (mine, theirs) = seen
      return
        "\(mine.packet.count) bytes, \(mine.linear) linear; the kernel's \(theirs.packet.count), \(theirs.linear)"
    }
    guard steps.contains(where: { $0.target == .load }) else { return nil }
    return try maps[2].lookup(zero) == kernelMaps[2].lookup(zero) ? nil : "what was loaded"
  }
}
