import BPF

/// Writes machine code for x86-64: knows the machine's encodings and nothing of BPF.
///
/// Jumps are written long where their target is not known yet; `finish` makes those short that reach their labels with one
/// byte.
struct X86Assembler {
  /// A place in the code, known once it is placed.
  struct Label: Hashable {
    fileprivate var index: Int
  }

  /// Where a label is: its place in the code as it was written, and how many jumps stand before it.
  private struct Place {
    var offset = -1
    var jumpsBefore = 0
  }

  /// A jump or call whose distance is not known yet.
  private struct Jump {
    /// Where its opcode stands.
    var start: Int
    /// Where it ends as it was written.
    var end: Int
    var label: Int
    /// The opcode of the short form; 0 for calls, which have none.
    var shortOpcode: UInt8
    /// Whether it has been found to reach with one byte.
    var isShort: Bool
    /// What the short form saves.
    var saving: Int { shortOpcode == 0 ? 0 : end - start - 2 }
  }

  /// Code whose jumps all have their distances.
  struct Finished {
    /// The code.
    let code: [UInt8]
    fileprivate let places: [Int]

    /// Where a label lies; nil where it was never placed.
    func offset(of label: Label) -> Int? { places[label.index] >= 0 ? places[label.index] : nil }
  }

  var bytes: [UInt8] = []
  private var places: [Place] = []
  private var jumps: [Jump] = []

  /// Makes an assembler with room for code of about so many bytes.
  init(reserving byteCount: Int = 512) {
    bytes.reserveCapacity(byteCount)
    places.reserveCapacity(byteCount / 16)
    jumps.reserveCapacity(byteCount / 16)
  }

  // MARK: Labels

  /// A label that is placed later.
  mutating func makeLabel() -> Label {
    places.append(Place())
    return Label(index: places.count - 1)
  }

  /// Puts a label here.
  mutating func place(_ label: Label) {
    places[label.index] = Place(offset: bytes.count, jumpsBefore: jumps.count)
  }

  mutating func jump(to label: Label) { appendJump(0xE9, label, short: 0xEB) }

  mutating func jump(if condition: X86Condition, to label: Label) {
    appendJump(0x0F80 | UInt32(condition.rawValue), label, short: 0x70 | condition.rawValue)
  }

  mutating func call(_ label: Label) { appendJump(0xE8, label, short: 0) }

  private mutating func appendJump(_ opcode: UInt32, _ label: Label, short: UInt8) {
    let start = bytes.count, target = places[label.index].offset
    // What lies between here and a label before here only shrinks.
    let isNear = short != 0 && target >= 0 && start + 2 - target <= 128
    if isNear {
      bytes.append(short)
      bytes.append(0)
    } else {
      append(opcode)
      bytes.append(little: 0)
    }
    jumps.append(
      Jump(start: start, end: bytes.count, label: label.index, shortOpcode: short, isShort: isNear)
    )
  }

  /// The finished code, and where each label lies in it.
  consuming func finish() -> Finished {
    var saved = shortenJumps()
    var code: [UInt8] = []
    code.reserveCapacity(bytes.count - saved[jumps.count])
    var copied = 0
    for (index, jump) in jumps.enumerated() {
      code += bytes[copied..<jump.start]
      copied = jump.end
      let length = jump.isShort ? 2 : jump.end - jump.start
      let place = places[jump.label]
      let distance = place.offset - saved[place.jumpsBefore] - (jump.start - saved[index] + length)
      if jump.isShort {
        code.append(jump.shortOpcode)
        code.append(UInt8(bitPattern: Int8(distance)))
      } else {
        code += bytes[jump.start..<jump.end - 4]
        code.append(little: Int32(distance))
      }
    }
    code += bytes[copied...]
    let found = places.map { $0.offset < 0 ? -1 : $0.offset - saved[$0.jumpsBefore] }
    saved.removeAll()
    return Finished(code: code, places: found)
  }

  /// Finds the jumps that can be short: how many bytes those before each jump save, and at the end all of them.
  private mutating func shortenJumps() -> [Int] {
    var saved = [Int](repeating: 0, count: jumps.count + 1)
    // Savings before a place only grow, so distances only shrink: a jump that is short stays so.
    var isChanged = true
    while isChanged {
      isChanged = false
      for index in jumps.indices where !jumps[index].isShort && jumps[index].shortOpcode != 0 {
        let jump = jumps[index], place = places[jump.label]
        let start = jump.start - saved[index]
        // A jump forward comes closer by what itself saves, which is not in the savings yet.
        let isForward = place.jumpsBefore > index
        let target = place.offset - saved[place.jumpsBefore] - (isForward ? jump.saving : 0)
        let distance = target - (start + 2)
        if distance >= -128, distance <= 127 {
          jumps[index].isShort = true
          isChanged = true
        }
      }
      guard isChanged else { break }
      var sum = 0
      for index in jumps.indices {
        saved[index] = sum
        if jumps[index].isShort { sum += jumps[index].saving }
      }
      saved[jumps.count] = sum
    }
    return saved
  }

  // MARK: Encoding

  /// An instruction with a register or a number, and a register.
  mutating func emit(
    prefix: UInt8 = 0,
    wide: Bool,
    opcode: UInt32,
    field: UInt8,
    isByte: X86Register? = nil,
    register: X86Register
  ) {
    begin(prefix, wide, opcode, field, isByte, base: register)
    bytes.append(0xC0 | (field & 7) << 3 | register.low)
  }

  /// An instruction with a register or a number, and a place in memory.
  mutating func emit(
    prefix: UInt8 = 0,
    wide: Bool,
    opcode: UInt32,
    field: UInt8,
    isByte: X86Register? = nil,
    memory: X86Memory
  ) {
    begin(prefix, wide, opcode, field, isByte, base: memory.base, index: memory.index?.register)
    append(field: field, memory)
  }

  /// The prefixes and the opcode.
  private mutating func begin(
    _ prefix: UInt8,
    _ wide: Bool,
    _ opcode: UInt32,
    _ field: UInt8,
    _ isByte: X86Register?,
    base: X86Register,
    index: X86Register? = nil
  ) {
    if prefix != 0 { bytes.append(prefix) }
    let high: UInt8 = index?.isHigh == true ? 2 : 0
    let rex: UInt8 = (wide ? 8 : 0) | (field & 8) >> 1 | high | (base.isHigh ? 1 : 0)
    if rex != 0 || isByte?.needsPrefixForByte == true { bytes.append(0x40 | rex) }
    append(opcode)
  }

  /// An opcode of one to three bytes, the first of them in the highest place.
  private mutating func append(_ opcode: UInt32) {
    if opcode > 0xFFFF { bytes.append(UInt8(truncatingIfNeeded: opcode >> 16)) }
    if opcode > 0xFF { bytes.append(UInt8(truncatingIfNeeded: opcode >> 8)) }
    bytes.append(UInt8(truncatingIfNeeded: opcode))
  }

  /// The bytes that name a register and a place in memory.
  private mutating func append(field: UInt8, _ memory: X86Memory) {
    let low = memory.base.low, field = (field & 7) << 3
    let displacement = memory.displacement
    // Without a distance, the number of rbp means an address relative to the code.
    let mode: UInt8 =
      displacement == 0 && low != 5 ? 0 : Int8(exactly: displacement) != nil ? 0x40 : 0x80
    if let index = memory.index {
      bytes.append(mode | field | 4)
      bytes.append(index.shift << 6 | index.register.low << 3 | low)
    } else {
      bytes.append(mode | field | low)
      // The number of rsp means that a byte with an index follows; this one has none.
      if low == 4 { bytes.append(0x24) }
    }
    if mode == 0x40 { bytes.append(UInt8(bitPattern: Int8(displacement))) }
    if mode == 0x80 { bytes.append(little: displacement) }
  }

  // MARK: Moves

  mutating func move(_ width: Width, _ destination: X86Register, _ source: X86Register) {
    emit(wide: width == .doubleWord, opcode: 0x89, field: source.rawValue, register: destination)
  }

  /// A constant, in as few bytes as hold it; may change the flags.
  mutating func move(_ destination: X86Register, _ value: UInt64) {
    if value == 0 {
      arithmetic(.xor, .word, destination, destination)
    } else if value <= UInt64(UInt32.max) {
      if destination.isHigh { bytes.append(0x41) }
      bytes.append(0xB8 | destination.low)
      bytes.append(little: Int32(bitPattern: UInt32(value)))
    } else if let small = Int32(exactly: Int64(bitPattern: value)) {
      emit(wide: true, opcode: 0xC7, field: 0, register: destination)
      bytes.append(little: small)
    } else {
      bytes.append(0x48 | (destination.isHigh ? 1 : 0))
      bytes.append(0xB8 | destination.low)
      for byte in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte)))) }
    }
  }

  /// Zero-extends the low bytes of a register into another.
  mutating func moveExtendingZero(_ size: Size, _ destination: X86Register, _ source: X86Register) {
    switch size {
    case .byte:
      emit(wide: false, opcode: 0x0FB6, field: destination.rawValue, isByte: source, register: source)
    case .half: emit(wide: false, opcode: 0x0FB7, field: destination.rawValue, register: source)
    case .word: move(.word, destination, source)
    case .doubleWord: move(.doubleWord, destination, source)
    }
  }

  /// Sign-extends the low bytes of a register into another, which gets 64 or 32 bits.
  mutating func moveExtendingSign(
    _ size: Size,
    _ width: Width,
    _ destination: X86Register,
    _ source: X86Register
  ) {
    let wide = width == .doubleWord
    switch size {
    case .byte:
      emit(wide: wide, opcode: 0x0FBE, field: destination.rawValue, isByte: source, register: source)
    case .half: emit(wide: wide, opcode: 0x0FBF, field: destination.rawValue, register: source)
    case .word:
      if wide {
        emit(wide: true, opcode: 0x63, field: destination.rawValue, register: source)
      } else {
        move(.word, destination, source)
      }
    case .doubleWord: move(width, destination, source)
    }
  }

  // MARK: Memory

  /// Loads and zero-extends.
  mutating func load(_ size: Size, _ destination: X86Register, _ memory: X86Memory) {
    let field = destination.rawValue
    switch size {
    case .byte: emit(wide: false, opcode: 0x0FB6, field: field, memory: memory)
    case .half: emit(wide: false, opcode: 0x0FB7, field: field, memory: memory)
    case .word: emit(wide: false, opcode: 0x8B, field: field, memory: memory)
    case .doubleWord: emit(wide: true, opcode: 0x8B, field: field, memory: memory)
    }
  }

  /// Loads with the bytes reversed (`movbe`).
  mutating func loadReversed(_ width: Width, _ destination: X86Register, _ memory: X86Memory) {
    emit(wide: width == .doubleWord, opcode: 0x0F38F0, field: destination.rawValue, memory: memory)
  }

  /// Loads and sign-extends to 64 bits.
  mutating func loadExtendingSign(_ size: Size, _ destination: X86Register, _ memory: X86Memory) {
    let field = destination.rawValue
    switch size {
    case .byte: emit(wide: true, opcode: 0x0FBE, field: field, memory: memory)
    case .half: emit(wide: true, opcode: 0x0FBF, field: field, memory: memory)
    case .word: emit(wide: true, opcode: 0x63, field: field, memory: memory)
    case .doubleWord: emit(wide: true, opcode: 0x8B, field: field, memory: memory)
    }
  }

  mutating func store(_ size: Size, _ source: X86Register, _ memory: X86Memory) {
    let field = source.rawValue
    switch size {
    case .byte: emit(wide: false, opcode: 0x88, field: field, isByte: source, memory: memory)
    case .half: emit(prefix: 0x66, wide: false, opcode: 0x89, field: field, memory: memory)
    case .word: emit(wide: false, opcode: 0x89, field: field, memory: memory)
    case .doubleWord: emit(wide: true, opcode: 0x89, field: field, memory: memory)
    }
  }

  /// Stores a constant, sign-extended from 32 bits.
  mutating func store(_ size: Size, _ value: Int32, _ memory: X86Memory) {
    switch size {
    case .byte:
      emit(wide: false, opcode: 0xC6, field: 0, memory: memory)
      bytes.append(UInt8(truncatingIfNeeded: value))
    case .half:
      emit(prefix: 0x66, wide: false, opcode: 0xC7, field: 0, memory: memory)
      bytes.append(UInt8(truncatingIfNeeded: value))
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    case .word, .doubleWord:
      emit(wide: size == .doubleWord, opcode: 0xC7, field: 0, memory: memory)
      bytes.append(little: value)
    }
  }

  mutating func loadAddress(_ destination: X86Register, _ memory: X86Memory) {
    emit(wide: true, opcode: 0x8D, field: destination.rawValue, memory: memory)
  }

  // MARK: Control

  mutating func push(_ register: X86Register) {
    if register.isHigh { bytes.append(0x41) }
    bytes.append(0x50 | register.low)
  }

  mutating func pop(_ register: X86Register) {
    if register.isHigh { bytes.append(0x41) }
    bytes.append(0x58 | register.low)
  }

  mutating func call(_ register: X86Register) {
    emit(wide: false, opcode: 0xFF, field: 2, register: register)
  }

  mutating func jump(to register: X86Register) {
    emit(wide: false, opcode: 0xFF, field: 4, register: register)
  }

  mutating func ret() { bytes.append(0xC3) }

  /// Asks for a place in memory to be brought near.
  mutating func prefetch(_ memory: X86Memory) {
    emit(wide: false, opcode: 0x0F18, field: 1, memory: memory)
  }
}

extension [UInt8] {
  /// Adds four bytes, the low one first.
  mutating func append(little value: Int32) {
    let bits = UInt32(bitPattern: value)
    append(UInt8(truncatingIfNeeded: bits))
    append(UInt8(truncatingIfNeeded: bits >> 8))
    append(UInt8(truncatingIfNeeded: bits >> 16))
    append(UInt8(truncatingIfNeeded: bits >> 24))
  }
}
