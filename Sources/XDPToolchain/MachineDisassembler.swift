import Subprocess
public import SystemPackage

/// A disassembler of the machine: LLVM's, which Swift's own toolchain brings along.
public struct MachineDisassembler: Sendable {
  /// A processor family that can be asked about.
  public enum Architecture: UInt16, Hashable, Sendable {
    /// 64-bit x86 (`EM_X86_64`).
    case x86_64 = 62
    /// 64-bit Arm (`EM_AARCH64`).
    case arm64 = 183
  }

  /// One instruction.
  public struct Instruction: Hashable, Sendable {
    /// Where it begins, in bytes.
    public var offset: Int
    /// As an assembler would read it.
    public var text: String
  }

  /// The program that was found.
  public let executable: FilePath

  /// The most text that is read, in bytes.
  private static let limit = 256 << 20

  /// Finds `llvm-objdump`: the one beside `swift` first, then the one in `PATH`; nil where there is none.
  public static func find() async -> MachineDisassembler? {
    if let swift = try? await Executable.name("swift").resolveExecutablePath(in: .inherit) {
      let candidate = MachineDisassembler(
        executable: swift.removingLastComponent().appending("llvm-objdump")
      )
      if await candidate.runs { return candidate }
    }
    guard let path = try? await Executable.name("llvm-objdump").resolveExecutablePath(in: .inherit) else {
      return nil
    }
    let candidate = MachineDisassembler(executable: path)
    return await candidate.runs ? candidate : nil
  }

  private var runs: Bool {
    get async {
      let result = try? await run(
        .path(executable),
        arguments: ["--version"],
        output: .discarded,
        error: .discarded
      )
      return result?.terminationStatus.isSuccess == true
    }
  }

  /// The instructions of some machine code, in their order; nil where the disassembler does not know the processor.
  public func instructions(of code: [UInt8], _ architecture: Architecture) async -> [Instruction]? {
    let arguments: [String] =
      ["-d", "--no-show-raw-insn", "--no-leading-headers"]
      + (architecture == .x86_64 ? ["--x86-asm-syntax=intel", "-"] : ["-"])
    guard
      let result = try? await run(
        .path(executable),
        arguments: Arguments(arguments),
        input: .array(Self.object(code, architecture)),
        output: .string(limit: Self.limit),
        error: .discarded
      ), result.terminationStatus.isSuccess
    else { return nil }
    return result.standardOutput.split(separator: "\n").compactMap(Self.instruction)
  }

  /// Reads `   1c: mov rax, rdi`.
  private static func instruction(_ line: Substring) -> Instruction? {
    guard let colon = line.firstIndex(of: ":"), colon < line.index(before: line.endIndex),
      let offset = Int(line[..<colon].drop { $0 == " " }, radix: 16)
    else { return nil }
    let words = line[line.index(after: colon)...].split(whereSeparator: \.isWhitespace)
    // Targets of jumps are told twice, the second time as a place in a function that has no name here.
    let text = words.prefix { !$0.hasPrefix("<") }.joined(separator: " ")
    return text.isEmpty ? nil : Instruction(offset: offset, text: text)
  }

  /// An ELF object with one section of code, which is what the disassembler reads.
  private static func object(_ code: [UInt8], _ architecture: Architecture) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    func number(_ value: UInt64, _ count: Int) {
      for place in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(place)))) }
    }
    let names = Array("\u{0}.text\u{0}.names\u{0}".utf8)
    let start = UInt64(64), namesStart = start + UInt64(code.count)
    let sections = (namesStart + UInt64(names.count) + 7) & ~7
    number(1, 2)  // ET_REL
    number(UInt64(architecture.rawValue), 2)
    number(1, 4)
    number(0, 16)
    number(sections, 8)
    number(0, 4)
    for value: UInt64 in [64, 0, 0, 64, 3, 2] { number(value, 2) }
    bytes += code + names
    while UInt64(bytes.count) < sections { bytes.append(0) }
    bytes += [UInt8](repeating: 0, count: 64)
    // Name, type (PROGBITS, STRTAB), flags (allocated, code), place and size.
    for section: [UInt64] in [
      [1, 1, 6, start, UInt64(code.count)], [7, 3, 0, namesStart, UInt64(names.count)],
    ] {
      number(section[0], 4)
      number(section[1], 4)
      number(section[2], 8)
      number(0, 8)
      number(section[3], 8)
      number(section[4], 8)
      number(0, 8)
      number(1, 8)
      number(0, 8)
    }
    return bytes
  }
}
