import Foundation
import TestSupport

/// What LLVM's disassembler, which comes with the compiler, makes of machine code.
struct X86Disassembly {
  /// The instructions' texts by the offsets at which they begin.
  var instructions: [Int: String] = [:]

  /// Whether there is a disassembler here.
  static let isHere: Bool = {
    let version = try? FixtureCompiler.output(of: "llvm-objdump --version && llvm-objcopy --version")
    return version?.contains("x86-64") == true
  }()

  /// Disassembles code that lies at 0.
  init(_ code: [UInt8]) throws {
    let file = URL.temporaryDirectory.appending(path: "code-\(UUID().uuidString)")
    try Data(code).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let path = file.path()
    defer { try? FileManager.default.removeItem(atPath: path + ".o") }
    let text = try FixtureCompiler.output(
      of: "llvm-objcopy -I binary -O elf64-x86-64 --rename-section .data=.text,code '\(path)' '\(path).o' && "
        + "llvm-objdump -d --x86-asm-syntax=intel --no-print-imm-hex --no-show-raw-insn --no-leading-headers "
        + "--disassemble-zeroes '\(path).o'"
    )
    var lock: Int?
    for line in text.split(separator: "\n") {
      guard let colon = line.firstIndex(of: ":"),
        let offset = Int(line[..<colon].drop { $0 == " " }, radix: 16)
      else { continue }
      let words = line[line.index(after: colon)...].split(separator: "\t")
        .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
      let instruction = words.joined(separator: " ")
      // The prefix stands on a line of its own.
      if instruction == "lock" {
        lock = offset
      } else if let start = lock {
        instructions[start] = "lock " + instruction
        lock = nil
      } else {
        instructions[offset] = instruction
      }
    }
  }
}
