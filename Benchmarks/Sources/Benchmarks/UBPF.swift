import BPF

/// A program in uBPF.
///
/// The invariant: `machine` is uBPF's and lives until `deinit`; whoever runs it gives memory that outlives the call.
@safe final class UBPF {
  typealias Compiled = @convention(c) (UnsafeMutableRawPointer?, Int) -> UInt64
  private typealias Message = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private typealias Execute =
    @convention(c) (
      OpaquePointer, UnsafeMutableRawPointer?, Int, UnsafeMutablePointer<UInt64>
    ) -> Int32
  private typealias Translate =
    @convention(c) (
      OpaquePointer, UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Int>, Message?
    ) -> Int32

  private let machine: OpaquePointer
  private let execute: Execute
  private let translate: Translate
  private let destroy: @convention(c) (OpaquePointer) -> Void
  /// The program as machine code.
  let compiled: Compiled

  /// Loads and compiles a program without maps and helpers.
  init(_ program: Program) throws(SpeedRow.Absence) {
    let library = try PeerLibrary("ubpf")
    let create = unsafe try library.function("ubpf_create", as: (@convention(c) () -> OpaquePointer?).self)
    let load = unsafe try library.function(
      "ubpf_load",
      as: (@convention(c) (OpaquePointer, UnsafeRawPointer, UInt32, Message?) -> Int32).self
    )
    let compile = unsafe try library.function(
      "ubpf_compile",
      as: (@convention(c) (OpaquePointer, Message?) -> Compiled?).self
    )
    unsafe execute = try library.function("ubpf_exec", as: Execute.self)
    unsafe translate = try library.function("ubpf_translate", as: Translate.self)
    unsafe destroy = try library.function("ubpf_destroy", as: (@convention(c) (OpaquePointer) -> Void).self)
    guard let machine = unsafe create() else { throw SpeedRow.Absence(reason: "ubpf_create gave nothing") }
    unsafe self.machine = machine
    let code = program.instructions.encodedSlots().map(\.bits)
    var message: UnsafeMutablePointer<CChar>?
    let isLoaded = unsafe code.withUnsafeBytes {
      unsafe load(machine, $0.baseAddress!, UInt32($0.count), &message) == 0
    }
    guard isLoaded, let compiled = unsafe compile(machine, &message) else {
      unsafe destroy(machine)
      throw SpeedRow.Absence(
        reason: unsafe message.map { unsafe String(cString: $0) } ?? "it refuses the program"
      )
    }
    unsafe self.compiled = compiled
  }

  deinit { unsafe destroy(machine) }

  /// Runs the program in uBPF's interpreter, which checks that it stays within this memory.
  func interpret(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) -> UInt64 {
    var result: UInt64 = 0
    return unsafe execute(machine, memory, byteCount, &result) == 0 ? result : .max
  }

  /// Makes the program's machine code once more, into a buffer.
  func generate(into buffer: inout [UInt8]) -> Bool {
    var byteCount = buffer.count
    return unsafe buffer.withUnsafeMutableBufferPointer {
      unsafe translate(machine, $0.baseAddress!, &byteCount, nil) == 0
    }
  }
}
