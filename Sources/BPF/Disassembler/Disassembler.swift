/// Instructions as text, in the syntax of the kernel's verifier log and of `bpftool prog dump`.
///
/// `Assembler` reads all of it back to the same instructions. What the kernel prints as an address, because it has
/// resolved it by then, stands here as bpftool writes it: `map[fd:3]`, `map[idx:0][0]+8`, `subprog[+5]`.
public struct Disassembler: Hashable, Sendable {
  /// Puts the opcode before each instruction, `(b7) r0 = 2`, as the verifier does.
  ///
  /// Without it a 64-bit immediate ends in LLVM's `ll`: in the kernel's own text, `r1 = 0x5`, only the opcode tells
  /// it from a move.
  public var showsOpcodes: Bool

  /// Makes a disassembler.
  public init(showsOpcodes: Bool = false) { self.showsOpcodes = showsOpcodes }

  /// One line an instruction, `slot: text`, each ending in a newline.
  public func listing(_ instructions: [Instruction]) -> String {
    var slot = 0
    var lines = ""
    for instruction in instructions {
      lines += "\(slot): \(text(instruction))\n"
      slot += instruction.slotCount
    }
    return lines
  }

  /// One instruction without its slot.
  public func text(_ instruction: Instruction) -> String {
    guard showsOpcodes else { return instruction.text(marksImmediate64: true) }
    let opcode = instruction.encodedSlots()[0].opcode
    let digits = (opcode < 0x10 ? "0" : "") + String(opcode, radix: 16)
    return "(\(digits)) " + instruction.text(marksImmediate64: false)
  }
}

extension Instruction: CustomStringConvertible {
  /// The instruction in the kernel's syntax, such as `r1 = *(u32 *)(r2 +12)`.
  public var description: String { Disassembler().text(self) }
}

extension Instruction {
  fileprivate func text(marksImmediate64: Bool) -> String {
    switch self {
    case .alu(let operation, let width, let register, let operand):
      return "\(register.name(width)) \(operation.symbol) \(operand.text(width))"
    case .negate(let width, let register): return "\(register.name(width)) = -\(register.name(width))"
    case .moveSignExtending(let size, let width, let register, let source):
      return "\(register.name(width)) = (\(size.signedName))\(source.name(width))"
    case .swap(let kind, let size, let register):
      return "\(register) = \(kind.name)\(size.bitCount) \(register)"
    case .addressSpaceCast(let register, let source, let spaces):
      return "\(register) = addr_space_cast(\(source), \(spaces >> 16), \(spaces & 0xffff))"
    case .loadImmediate(let register, let value):
      return "\(register) = \(value.text(marked: marksImmediate64))"
    case .load(let size, let register, let address):
      return "\(register) = *(\(size.unsignedName) *)\(address)"
    case .loadSignExtending(let size, let register, let address):
      return "\(register) = *(\(size.signedName) *)\(address)"
    case .store(let size, let operand, let address):
      return "*(\(size.unsignedName) *)\(address) = \(operand.text(.doubleWord))"
    case .atomic(let operation, let width, let source, let address):
      return operation.text(width, source, address)
    case .loadAcquire(let size, let register, let address):
      return "\(register) = load_acquire((\(size.unsignedName) *)\(address))"
    case .storeRelease(let size, let source, let address):
      return "store_release((\(size.unsignedName) *)\(address), \(source))"
    case .jump(let offset): return "goto pc\(signed(offset))"
    case .jumpLong(let offset): return "gotol pc\(signed(offset))"
    case .mayGoto(let offset): return "may_goto pc\(signed(offset))"
    case .branch(let comparison, let width, let register, let operand, let offset):
      let right = operand.comparand(width)
      return "if \(register.name(width)) \(comparison.symbol) \(right) goto pc\(signed(offset))"
    case .call(let target): return target.text
    case .exit: return "exit"
    }
  }
}

extension Operand {
  /// As arithmetic and stores write it: an immediate in decimal.
  fileprivate func text(_ width: Width) -> String {
    switch self {
    case .register(let register): register.name(width)
    case .immediate(let value): "\(value)"
    }
  }

  /// As a condition writes it: an immediate as its 32 bits in hex, before they are sign-extended.
  fileprivate func comparand(_ width: Width) -> String {
    switch self {
    case .register(let register): register.name(width)
    case .immediate(let value): hexadecimal(UInt32(bitPattern: value))
    }
  }
}

extension Address: CustomStringConvertible {
  /// `(r1 +4)`, as the kernel writes it.
  public var description: String { "(\(base) \(signed(offset)))" }
}

extension AtomicOperation {
  fileprivate func text(_ width: Width, _ source: Register, _ address: Address) -> String {
    let place = "(\(width.size.unsignedName) *)\(address)"
    guard let functionName else { return "lock *\(place) \(symbol ?? "=") \(source)" }
    let function = "atomic\(width == .doubleWord ? "64" : "")_\(functionName)"
    return self == .compareExchange
      ? "r0 = \(function)(\(place), r0, \(source))" : "\(source) = \(function)(\(place), \(source))"
  }
}

extension Immediate64 {
  fileprivate func text(marked: Bool) -> String {
    switch self {
    case .value(let value): hexadecimal(value) + (marked ? " ll" : "")
    case .mapDescriptor(let descriptor): "map[fd:\(descriptor)]"
    case .mapDescriptorValue(let descriptor, let offset): "map[fd:\(descriptor)][0]+\(offset)"
    case .kernelVariable(let id, let module): "btf[id:\(id)]" + (module == 0 ? "" : "[module:\(module)]")
    case .function(let offset): "subprog[\(signed(offset))]"
    case .map(let index): "map[idx:\(index)]"
    case .mapValue(let index, let offset): "map[idx:\(index)][0]+\(offset)"
    }
  }
}

extension CallTarget {
  fileprivate var text: String {
    switch self {
    case .helper(let id): "call \(HelperNames.name(of: id) ?? "unknown")#\(id)"
    case .local(let offset): "call pc\(signed(offset))"
    case .kernelFunction(let id, let module):
      "call kernel-function#\(id)" + (module == 0 ? "" : "[module:\(module)]")
    case .register(let register): "callx \(register)"
    }
  }
}

/// A number with its sign, also when it is not negative.
private func signed(_ value: some SignedInteger) -> String { (value < 0 ? "" : "+") + "\(value)" }
