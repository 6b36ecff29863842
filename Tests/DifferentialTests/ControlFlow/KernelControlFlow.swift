import BPF
import LinuxKernel

/// What the kernel's log says of a program's control flow before it follows it.
struct KernelControlFlow {
  /// The component that each instruction's slot is in, 0 for none.
  var components: [Int: Int] = [:]
  /// The registers that are live before each instruction's slot, as the kernel writes them: `0..3......`.
  var live: [Int: String] = [:]

  /// Has the kernel look at a program that it will refuse; nil where it refuses the structure already.
  ///
  /// Lines are such as `  2   7: ......67.. (07) r6 += 1`: component, slot, registers.
  init?(of program: Program) {
    guard let log = Self.log(of: program), let heading = log.range(of: "Live regs before insn:\n") else {
      return nil
    }
    for line in log[heading.upperBound...].split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[1].count > 12, parts[1].dropFirst(12).first == "(" else { break }
      let numbers = parts[0].split(separator: " ").compactMap { Int($0) }
      guard let slot = numbers.last, numbers.count <= 2 else { break }
      components[slot] = numbers.count == 2 ? numbers[0] : 0
      live[slot] = String(parts[1].dropFirst().prefix(10))
    }
  }

  private static func log(of program: Program) -> String? {
    do throws(KernelError) {
      return try KernelEngine.load(program, logLevel: .full).log
    } catch {
      return error.log
    }
  }
}

extension String {
  /// Where a text begins and ends; nil where it is not.
  fileprivate func range(of text: String) -> Range<Index>? { ranges(of: text).first }
}
