import BPF
import BTF

/// What a program's externs are in the running kernel: numbers in its BTF, found by name.
enum KernelSymbols {
  /// The kernel's own types, read once; nil where it shows none.
  private static let types: BTF? = {
    guard let bytes = try? KernelBTF.vmlinux() else { return nil }
    return try? BTF(parsing: bytes.rawBytes)
  }()

  /// What stands in for a call of a weak function that the kernel does not have; the verifier refuses a reachable one.
  private static let missingHelper: UInt32 = 2_002_000_000

  /// The program with its externs' numbers in place.
  ///
  /// A weak extern that the kernel does not have reads as null. Addresses of symbols without a type are not known here.
  static func resolve(_ program: Program) throws(KernelError) -> Program {
    if program.externs.isEmpty { return program }
    var ids: [Int: BTF.TypeID] = [:]
    for extern in program.externs {
      let id = number(of: extern)
      guard id != nil || extern.isWeak else {
        throw KernelError(
          command: BPFCommand.programLoad.name,
          subject: program.name,
          code: .notSupported,
          advice: "'\(extern.name)' is no function or typed variable of this kernel"
        )
      }
      for slot in extern.slots { ids[slot] = id ?? 0 }
    }
    var resolved = program, slot = 0
    resolved.instructions = program.instructions.map { instruction in
      defer { slot += instruction.slotCount }
      guard let id = ids[slot] else { return instruction }
      return instruction.naming(id, orCalling: missingHelper)
    }
    return resolved
  }

  private static func number(of extern: Extern) -> BTF.TypeID? {
    switch extern.kind {
    case .function: types?.find(named: extern.name, kind: .function)
    case .variable: types?.find(named: extern.name, kind: .variable)
    case .symbol: nil
    }
  }
}

extension Instruction {
  /// This call or load of a kernel symbol with the symbol's number; 0 for one that is not there.
  fileprivate func naming(_ id: BTF.TypeID, orCalling missing: UInt32) -> Instruction {
    switch self {
    case .call(.kernelFunction) where id == 0: .call(.helper(missing))
    case .call(.kernelFunction): .call(.kernelFunction(btfID: Int32(bitPattern: id), module: 0))
    case .loadImmediate(let register, .kernelVariable) where id == 0: .loadImmediate(register, .value(0))
    case .loadImmediate(let register, .kernelVariable):
      .loadImmediate(register, .kernelVariable(btfID: Int32(bitPattern: id), module: 0))
    default: self
    }
  }
}
