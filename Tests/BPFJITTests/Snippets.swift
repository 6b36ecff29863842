import BPF
import BPFRuntime
import Emulation

@testable import BPFJIT

/// Code that works on memory, run as machine code on the processor here.
struct Snippets {
  /// The processors that code is made for: the one here, one that has only what all of its kind have, and emulated ones.
  static let processors: [(name: String, processor: any Processor)] =
    [("host", HostProcessor())] + (InstructionSet.host == .x86_64 ? [("plain", PlainProcessor())] : [])
    + TestedProcessor.emulated.map { ($0.testDescription, $0.processor) }

  /// The processor here, treated as if it had nothing that not all have.
  private struct PlainProcessor: Processor {
    var target: CodeTarget? { .x86_64(.none) }
    func load(_ code: [UInt8]) throws(CompilationError) -> any CodeMemory { try HostProcessor().load(code) }
  }

  private let program: CompiledProgram
  private let machine = Machine()

  init(_ code: [Instruction], on processor: any Processor) throws {
    let environment = Environment(context: ContextLayout(byteCount: 0, fields: []), helpers: HelperTable())
    program = try unsafe CompiledProgram(trusting: Program("snippets", code), in: environment, on: processor)
    { _ in
      false
    }
  }

  /// Runs over some memory, whose address is in `r1`.
  func run(_ memory: inout [UInt8]) { _ = program.run(on: machine, memory: &memory) }
}

/// Numbers at the boundaries of what registers and immediates hold.
enum Boundary {
  static let numbers: [UInt64] = [
    0, 1, 2, 31, 32, 63, 0x7F, 0x80, 0xFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000,
    0x1234_5678_9ABC_DEF0, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_8000_0000,
    0xFFFF_FFFF_FFFF_FF80, .max,
  ]

  static let immediates: [Int32] = [
    0, 1, -1, 2, 3, 7, 8, 127, 128, -128, -129, 255, 256, 0x7FFF, 0x8000, 0x10000, 1 << 30, .max, .min,
    .min + 1,
  ]
}

extension [UInt8] {
  /// Eight bytes at a place, as a number.
  subscript(word place: Int) -> UInt64 {
    get { (0..<8).reduce(0) { $0 | UInt64(self[place + $1]) << UInt64(8 * $1) } }
    set { for byte in 0..<8 { self[place + byte] = UInt8(truncatingIfNeeded: newValue >> UInt64(8 * byte)) } }
  }
}
