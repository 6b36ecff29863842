import BPF

/// A straight program that calls helpers one after the other and stores what each gives in a map.
///
/// The results' map comes after the maps that are worked on. A pointer that a look-up gives is stored as its first bytes.
struct HelperScript {
  /// How many calls a script may have.
  static let limit = 64
  private let maps: [MapDefinition]
  private var text = "r6 = r1\n"
  /// What was called, for each result.
  private(set) var calls: [String] = []
  private var count: Int { calls.count }

  /// A script over these maps.
  init(over maps: [MapDefinition]) { self.maps = maps }

  /// The place of the results in the program's maps.
  var results: Int { maps.count }

  /// The program.
  func program() throws -> Program {
    let results = MapDefinition(
      name: "results",
      type: .array,
      keySize: 4,
      valueSize: 8 * Self.limit,
      maxEntries: 1
    )
    return try .assembled(text + "r0 = 2\nexit", maps: maps + [results])
  }

  /// Looks up a key and keeps the first byte found, 256 for none.
  mutating func lookup(_ key: [UInt8], in map: Int) {
    push(key, at: -32)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -32\ncall 1\n"
    text += "if r0 != 0 goto found\(count)\nr0 = 256\ngoto kept\(count)\n"
    text += "found\(count):\nr0 = *(u8 *)(r0 +0)\nkept\(count):\n"
    keep("lookup \(key)")
  }

  /// Stores a value.
  mutating func update(_ key: [UInt8], to value: [UInt8], flags: UInt64, in map: Int) {
    push(key, at: -32)
    push(value, at: -64)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -32\nr3 = r10\nr3 += -64\n"
    text += "r4 = \(Int64(bitPattern: flags)) ll\ncall 2\n"
    keep("update \(key) to \(value), flags \(flags)")
  }

  /// Removes a key.
  mutating func delete(_ key: [UInt8], in map: Int) {
    push(key, at: -32)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -32\ncall 3\n"
    keep("delete \(key)")
  }

  /// Looks up a key for a CPU and keeps the first byte found, 256 for none.
  mutating func lookup(_ key: [UInt8], cpu: Int64, in map: Int) {
    push(key, at: -32)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -32\nr3 = \(cpu) ll\ncall 195\n"
    text += "if r0 != 0 goto found\(count)\nr0 = 256\ngoto kept\(count)\n"
    text += "found\(count):\nr0 = *(u8 *)(r0 +0)\nkept\(count):\n"
    keep("lookup \(key) of CPU \(cpu)")
  }

  /// Adds a value to a queue, a stack or a bloom filter.
  mutating func push(_ value: [UInt8], flags: UInt64, to map: Int) {
    push(value, at: -64)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -64\nr3 = \(Int64(bitPattern: flags)) ll\ncall 87\n"
    keep("push \(value), flags \(flags)")
  }

  /// Pops (88) or peeks (89), and keeps the answer added to the value's first eight bytes.
  mutating func next(_ helper: Int, valueByteCount: Int, of map: Int) {
    push([UInt8](repeating: 0xEE, count: valueByteCount), at: -64)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -64\ncall \(helper)\n"
    text += "r1 = *(u64 *)(r10 -64)\nr0 += r1\n"
    keep("helper \(helper)")
  }

  /// Puts out the first bytes of a value, with some of the packet (`bpf_perf_event_output`).
  mutating func putOut(_ value: [UInt8], count: Int, flags: UInt64, to map: Int) {
    push(value, at: -64)
    text += "r1 = r6\nr2 = map[idx:\(map)]\nr3 = \(Int64(bitPattern: flags)) ll\nr4 = r10\nr4 += -64\n"
    text += "r5 = \(count)\ncall 25\n"
    keep("output of \(count) bytes, flags 0x\(String(flags, radix: 16))")
  }

  /// Asks a bloom filter for a value.
  mutating func ask(_ value: [UInt8], of map: Int) {
    push(value, at: -64)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -64\ncall 89\n"
    keep("ask for \(value)")
  }

  /// Calls a helper with numbers.
  mutating func call(_ helper: Int, map: Int? = nil, _ arguments: Int64...) {
    if let map { text += "r1 = map[idx:\(map)]\n" }
    for (position, argument) in arguments.enumerated() {
      text += "r\(position + (map == nil ? 1 : 2)) = \(argument) ll\n"
    }
    text += "call \(helper)\n"
    keep("helper \(helper) with \(arguments)")
  }

  /// Copies bytes into a ring buffer (`bpf_ringbuf_output`).
  mutating func output(_ bytes: [UInt8], flags: Int64, to map: Int) {
    push(bytes, at: -64)
    text += "r1 = map[idx:\(map)]\nr2 = r10\nr2 += -64\nr3 = \(bytes.count)\nr4 = \(flags) ll\ncall 130\n"
    keep("output of \(bytes.count) bytes, flags \(flags)")
  }

  /// Reserves a record, marks it and gives it back; keeps whether there was room.
  mutating func reserve(_ byteCount: Int, flags: Int64, then helper: Int, in map: Int) {
    text += "r1 = map[idx:\(map)]\nr2 = \(byteCount)\nr3 = \(flags) ll\ncall 131\n"
    text += "r7 = 0\nif r0 == 0 goto full\(count)\n"
    if byteCount > 0 { text += "*(u8 *)(r0 +\(byteCount > 30000 ? 0 : byteCount - 1)) = 0x5A\n" }
    text += "r1 = r0\nr2 = 0\ncall \(helper)\nr7 = 1\nfull\(count):\nr0 = r7\n"
    keep("reserve \(byteCount), flags \(flags), then helper \(helper)")
  }

  /// Bytes on the stack, padded with zeroes to a multiple of eight.
  private mutating func push(_ bytes: [UInt8], at offset: Int) {
    for start in stride(from: 0, to: bytes.count, by: 8) {
      let word = bytes[start..<min(start + 8, bytes.count)].enumerated()
        .reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
      text += "r1 = \(Int64(bitPattern: word)) ll\n*(u64 *)(r10 \(offset + start)) = r1\n"
    }
  }

  private mutating func keep(_ call: String) {
    precondition(count < Self.limit)
    text += "r1 = map[idx:\(results)][0]+\(8 * count)\n*(u64 *)(r1 +0) = r0\n"
    calls.append(call)
  }
}

extension Engines {
  /// Runs a script and tells where the results differ: for each such call, ours and the kernel's.
  mutating func differences(_ script: HelperScript) throws -> [String] {
    let seen = try run([UInt8](repeating: 0, count: 60))
    var differences: [String] = []
    if seen.interpreter != seen.kernel { differences.append("packet: \(seen)") }
    let zero = [UInt8](repeating: 0, count: 4)
    let ours = try maps[script.results].lookup(zero) ?? []
    let kernels = try kernelMaps[script.results].lookup(zero) ?? []
    for (index, call) in script.calls.enumerated() {
      let words = [ours, kernels].map { bytes in
        (0..<8).reduce(Int64(0)) { $0 | Int64(bytes[8 * index + $1]) << Int64(8 * $1) }
      }
      if words[0] != words[1] { differences.append("\(call): \(words[0]), the kernel \(words[1])") }
    }
    return differences
  }
}
