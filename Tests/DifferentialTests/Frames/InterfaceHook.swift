#if os(Linux)
import BPF
import CLinux
import Glibc
import LinuxKernel
import XDP

/// A program on an interface of the calling thread's network namespace, until the hook is let go (`BPF_LINK_CREATE`).
final class InterfaceHook {
  /// The kernel did not take it.
  struct Refusal: Error, CustomStringConvertible {
    var operation: String, code: Int
    var description: String { "\(operation): errno \(code)" }
  }

  private let link: Int32

  /// Puts a program on an interface.
  init(_ program: LoadedProgram, on index: UInt32, mode: AttachMode = .native) throws {
    let descriptor = try KernelObject.descriptor(of: program)
    defer { close(descriptor) }
    // program, interface, `BPF_XDP`, and the flag of the mode.
    let words: [UInt32] = [UInt32(descriptor), index, 37, mode == .generic ? 1 << 1 : 1 << 2]
    link = try KernelObject.call(28, words, "attach to interface \(index) in \(mode) mode")
  }

  deinit { close(link) }
}

/// Objects of the kernel by the numbers that it gives them: new descriptors, for what tests do with them.
enum KernelObject {
  /// A new descriptor of a program, which is the caller's to close.
  static func descriptor(of program: LoadedProgram) throws -> Int32 {
    try call(13, [program.id], "open program \(program.name)")
  }

  /// A new descriptor of a map, which is the caller's to close.
  static func descriptor(of map: KernelMap) throws -> Int32 {
    try call(14, [map.id], "open map \(map.definition.name)")
  }

  /// bpf(2) with attributes of 32-bit words.
  static func call(_ command: Int32, _ words: [UInt32], _ operation: String) throws -> Int32 {
    var attributes = words + [UInt32](repeating: 0, count: 32 - words.count)
    let answer = unsafe attributes.withUnsafeMutableBytes { bytes in
      unsafe clinux_bpf(command, bytes.baseAddress, UInt32(bytes.count))
    }
    guard answer >= 0 else { throw InterfaceHook.Refusal(operation: operation, code: -answer) }
    return Int32(answer)
  }
}
#endif
