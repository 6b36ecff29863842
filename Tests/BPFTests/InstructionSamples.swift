import BPF

/// Instructions of every form.
enum InstructionSamples {
  /// Every case with every operation, width and size, and operands at their boundaries.
  static let everyForm: [Instruction] =
    arithmetic + memory + atomics + immediates64 + jumps + calls + [.exit]

  /// Instructions that the type can say and no encoding has.
  static let unencodable: [Instruction] = [
    .moveSignExtending(.doubleWord, .doubleWord, .r1, from: .r2),
    .moveSignExtending(.word, .word, .r1, from: .r2),
    .moveSignExtending(.doubleWord, .word, .r1, from: .r2),
    .loadSignExtending(.doubleWord, .r1, from: Address(.r2)),
    .swap(.always, .byte, .r1),
    .swap(.toBigEndian, .byte, .r1),
    .swap(.toLittleEndian, .byte, .r1),
    .addressSpaceCast(.r1, from: .r2, spaces: 7),
  ]

  private static let operands: [Operand] =
    [.register(.r0), .register(.r10)] + [0, 1, -1, 255, .max, .min].map { .immediate($0) }
  private static let offsets16: [Int16] = [0, 1, -1, .max, .min]
  private static let offsets32: [Int32] = [0, 1, -1, 70_000, .max, .min]
  private static let addresses: [Address] = [
    Address(.r1), Address(.r10, -8), Address(.r0, .max), Address(.r9, .min),
  ]

  private static let arithmetic: [Instruction] = {
    var result: [Instruction] = []
    for width in Width.allCases {
      for operation in ALU.allCases {
        result += operands.map { .alu(operation, width, .r7, $0) }
      }
      result += Register.allCases.map { .negate(width, $0) }
      let sizes: [Size] = width == .word ? [.byte, .half] : [.byte, .half, .word]
      result += sizes.map { .moveSignExtending($0, width, .r3, from: .r4) }
    }
    for kind in ByteSwap.allCases {
      result += [Size.half, .word, .doubleWord].map { .swap(kind, $0, .r5) }
    }
    result += [1, 1 << 16].map { .addressSpaceCast(.r1, from: .r2, spaces: $0) }
    return result
  }()

  private static let memory: [Instruction] = {
    var result: [Instruction] = []
    for address in addresses {
      for size in Size.allCases {
        result.append(.load(size, .r2, from: address))
        if size != .doubleWord { result.append(.loadSignExtending(size, .r2, from: address)) }
        result += operands.map { .store(size, $0, to: address) }
        result.append(.loadAcquire(size, .r8, from: address))
        result.append(.storeRelease(size, .r8, to: address))
      }
    }
    return result
  }()

  private static let atomics: [Instruction] = {
    var operations: [AtomicOperation] = [.exchange, .compareExchange]
    for fetch in [false, true] {
      operations += [.add(fetch: fetch), .or(fetch: fetch), .and(fetch: fetch), .xor(fetch: fetch)]
    }
    var result: [Instruction] = []
    for address in addresses {
      for width in Width.allCases { result += operations.map { .atomic($0, width, .r6, at: address) } }
    }
    return result
  }()

  private static let immediates64: [Instruction] = {
    let values: [UInt64] = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32, 1 << 63, .max]
    var forms = values.map { Immediate64.value($0) }
    for number in offsets32 {
      let offset = UInt32(bitPattern: number)
      forms += [
        .mapDescriptor(number), .mapDescriptorValue(number, offset: offset), .function(offset: number),
        .kernelVariable(btfID: number, module: offset), .map(index: number),
        .mapValue(index: number, offset: offset),
      ]
    }
    return forms.map { .loadImmediate(.r1, $0) }
  }()

  private static let jumps: [Instruction] = {
    var result: [Instruction] = offsets32.map { .jumpLong(offset: $0) }
    for offset in offsets16 {
      result += [.jump(offset: offset), .mayGoto(offset: offset)]
      for comparison in Comparison.allCases {
        for width in Width.allCases {
          result += operands.map { .branch(comparison, width, .r4, $0, offset: offset) }
        }
      }
    }
    return result
  }()

  private static let calls: [Instruction] = {
    var targets: [CallTarget] = [0, 1, 211, 212, .max].map { .helper($0) }
    targets += offsets32.map { .local(offset: $0) }
    for module in offsets16 { targets += offsets32.map { .kernelFunction(btfID: $0, module: module) } }
    targets += Register.allCases.map { .register($0) }
    return targets.map { .call($0) }
  }()
}
