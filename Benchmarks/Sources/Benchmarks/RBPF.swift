import BPF

/// A program in rbpf, behind the functions of `Peers/rbpf`.
///
/// The invariant: a program that was made lives as long as the process; whoever runs it gives memory that outlives the
/// call.
@safe final class RBPF {
  private typealias Run = @convention(c) (OpaquePointer, UnsafeMutableRawPointer, Int) -> UInt64

  private let program: OpaquePointer
  private let compiled: Run
  private let interpreted: Run

  /// Loads and compiles a program without maps and helpers.
  init(_ program: Program) throws(SpeedRow.Absence) {
    let library = try PeerLibrary("rbpf_peer")
    let make = unsafe try library.function(
      "rbpf_peer_make",
      as: (@convention(c) (UnsafeRawPointer, Int) -> OpaquePointer?).self
    )
    let compile = unsafe try library.function(
      "rbpf_peer_compile",
      as: (@convention(c) (OpaquePointer) -> Bool).self
    )
    unsafe compiled = try library.function("rbpf_peer_run_compiled", as: Run.self)
    unsafe interpreted = try library.function("rbpf_peer_interpret", as: Run.self)
    let code = program.instructions.encodedSlots().map(\.bits)
    let made = unsafe code.withUnsafeBytes { unsafe make($0.baseAddress!, $0.count) }
    guard let made = unsafe made, unsafe compile(made) else {
      throw SpeedRow.Absence(reason: "it refuses the program")
    }
    unsafe self.program = made
  }

  /// Runs the machine code over some memory, which `r1` points to.
  func run(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) -> UInt64 {
    unsafe compiled(program, memory, byteCount)
  }

  /// Runs the program in rbpf's interpreter.
  func interpret(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) -> UInt64 {
    unsafe interpreted(program, memory, byteCount)
  }
}
