import BPF

/// What the kernel tells of a program (`struct bpf_prog_info`).
public struct ProgramInfo: Hashable, Sendable {
  /// Its number.
  public var id: UInt32
  /// What kind it is, as in `enum bpf_prog_type`: 6 is XDP.
  public var type: UInt32
  /// The first 15 bytes of its name.
  public var name: String
  /// A hash of its instructions, 16 hexadecimal digits.
  public var tag: String
  /// When it was loaded, nanoseconds after the machine came up.
  public var loadedAt: UInt64
  /// Who loaded it.
  public var userID: UInt32
  /// The numbers of its maps.
  public var mapIDs: [UInt32]
  /// The interface whose device it is made for; 0 for none.
  public var ifindex: UInt32
  /// Nanoseconds that it has run, where the kernel counts them.
  public var runTime: UInt64
  /// How often it has run, where the kernel counts that.
  public var runCount: UInt64
  /// Instructions as the verifier left them.
  public var instructionCount: Int
  /// Bytes of machine code.
  public var codeByteCount: Int
  /// The number of its types; 0 for none.
  public var typesID: UInt32

  /// Asks about a program by its number; nil where there is none.
  public init?(id: UInt32) throws(KernelError) {
    guard let descriptor = try ObjectKind.program.open(id) else { return nil }
    try self.init(descriptor)
  }

  /// All XDP programs in the kernel, by number.
  public static func allXDP() throws(KernelError) -> [ProgramInfo] {
    var found: [ProgramInfo] = []
    for id in try ObjectKind.program.allIDs() {
      if let program = try ProgramInfo(id: id), program.type == 6 { found.append(program) }
    }
    return found
  }

  init(_ descriptor: borrowing Descriptor) throws(KernelError) {
    let first = try descriptor.info(Self.byteCount)
    let count = Int(first.word(at: 52))
    id = first.word(at: 4)
    type = first.word(at: 0)
    tag = first[8..<16].map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    codeByteCount = Int(first.word(at: 16))
    instructionCount = Int(first.word(at: 20)) / 8
    loadedAt = first.doubleWord(at: 40)
    userID = first.word(at: 48)
    name = String(decoding: first[64..<80].prefix { $0 != 0 }, as: UTF8.self)
    ifindex = first.word(at: 80)
    typesID = first.word(at: 128)
    runTime = first.doubleWord(at: 192)
    runCount = first.doubleWord(at: 200)
    mapIDs = count == 0 ? [] : try descriptor.words(count, countAt: 52, listAt: 56, of: Self.byteCount)
  }

  private static let byteCount = 232
}
