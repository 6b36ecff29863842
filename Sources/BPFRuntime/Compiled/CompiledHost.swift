import BPF
import BPFMaps

/// What helpers must know of the machine code that calls them: what its pointers may lead to, and whose its timers are.
///
/// Machine code's pointers are plain addresses. Those that a printing helper finds among its values were checked by nobody:
/// it follows them only into the stack, the packet's linear part and what maps keep for programs.
package final class CompiledHost: Sendable {
  private let maps: [UserMap]
  private let start: Int?, end: Int?
  private let timed: WeakInterpreter

  /// An interpreter that may go before the machine code that it has made.
  private struct WeakInterpreter: @unchecked Sendable {
    weak let interpreter: Interpreter?
  }

  /// Who calls helpers.
  ///
  /// - Parameters:
  ///   - environment: What the machine code is bound to.
  ///   - interpreter: What runs the functions of its timers; nil where it has none.
  package init(_ environment: Environment, interpreter: Interpreter?) {
    maps = environment.maps
    let fields = environment.context.fields
    start = fields.firstIndex { $0.kind == .packetStart }
    end = fields.firstIndex { $0.kind == .packetEnd }
    timed = WeakInterpreter(interpreter: interpreter)
  }

  /// What runs the functions of the timers.
  var interpreter: Interpreter? { timed.interpreter }

  /// Whether the bytes may be read that lie at an address.
  func mayRead(_ address: UInt64, _ byteCount: Int, _ machine: UnsafeMutablePointer<MachineState>) -> Bool {
    let end = address.addingReportingOverflow(UInt64(byteCount))
    guard !end.overflow else { return false }
    func holds(_ range: Range<UInt64>) -> Bool {
      range.lowerBound <= address && end.partialValue <= range.upperBound
    }
    let stack = unsafe UInt64(UInt(bitPattern: machine.pointee.stack))
    if holds(stack..<stack + UInt64(StackFrame.runLimit * StackFrame.byteCount)) { return true }
    if let start, let end = self.end {
      let first = unsafe machine.pointee.state.context[start]
      let last = unsafe machine.pointee.state.context[end]
      if first <= last, holds(first..<last) { return true }
    }
    return maps.contains { $0.memoryOfPrograms.map(holds) ?? false }
  }
}
