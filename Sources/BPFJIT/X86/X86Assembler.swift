import BPF

/// Writes machine code for x86-64: knows the machine's encodings and nothing of BPF.
///
/// Jumps are written long; `finish` makes those short that reach their labels with one byte.
struct X86Assembler {
  /// A place in the code, known once it is placed.
  struct Label: Hashable {
    fileprivate var index: Int
  }

  /// A jump or call whose distance is not known yet.
  private struct Jump {
    /// Where its opcode stands.
    var start: Int
    /// Where it ends in its long form.
    var end: Int
    var label: Int
    /// The opcode of the short form; nil for calls, which have none.
    var shortOpcode: UInt8?
    /// Whether it has been found to reach with one byte.
    var isShort = false
    /// What the short form saves.
    var saving: Int { shortOpcode == nil ? 0 : end - start - 2 }
  }

  var bytes: [UInt8] = []
  private var places: [Int] = []
  private var jumps: [Jump] = []

  init() { bytes.reserveCapacity(512) }

  // MARK: Labels

  /// A label that is placed later.
  mutating func makeLabel() -> Label {
    places.append(-1)
    return Label(index: places.count - 1)
  }

  /// Puts a label here.
  mutating func place(_ label: Label) { places[label.index] = bytes.count }

  mutating func jump(to label: Label) {
    appendJump([0xE9], label, short: 0xEB)
  }

  mutating func jump(if condition: X86Condition, to label: Label) {
    appendJump([0x0F, 0x80 | condition.rawValue], label, short: 0x70 | condition.rawValue)
  }

  mutating func call(_ label: Label) { appendJump([0xE8], label, short: nil) }

  private mutating func appendJump(_ opcode: [UInt8], _ label: Label, short: UInt8?) {
    let start = bytes.count
    bytes += opcode
    bytes += [0, 0, 0, 0]
    jumps.append(Jump(start: start, end: bytes.count, label: label.index, shortOpcode: short))
  }

  /// The finished code, and where each label lies in it.
  consuming func finish() -> (code: [UInt8], places: [Label: Int]) {
    // Savings before a place only grow, so distances only shrink: a jump that is short stays so.
    var isChanged = true
    while isChanged {
      isChanged = false
      let saved = Savings(jumps)
      for index in jumps.indices where !jumps[index].isShort && jumps[index].shortOpcode != nil {
        let jump = jumps[index]
        let end = jump.end - jump.saving - saved.before(jump.start)
        let target = places[jump.label] - saved.before(places[jump.label])
        // A jump forward comes closer by what itself saves, which is not in the savings yet.
        let distance = target - end - (target > end ? jump.saving : 0)
        if distance >= -128, distance <= 127 {
          jumps[index].isShort = true
          isChanged = true
        }
      }
    }
    let saved = Savings(jumps)
    var code: [UInt8] = []
    code.reserveCapacity(bytes.count)
    var copied = 0
    for jump in jumps {
      code += bytes[copied..<jump.start]
      copied = jump.end
      let length = jump.isShort ? 2 : jump.end - jump.start
      let target = places[jump.label] - saved.before(places[jump.label])
      let distance = target - (code.count + length)
      if jump.isShort, let opcode = jump.shortOpcode {
        code.append(opcode)
        code.append(UInt8(bitPattern: Int8(distance)))
      } else {
        code += bytes[jump.start..<jump.end - 4]
        code.append(little: Int32(distance))
      }
    }
    code += bytes[copied...]
    var found: [Label: Int] = [:]
    for (index, place) in places.enumerated() where place >= 0 {
      found[Label(index: index)] = place - saved.before(place)
    }
    return (code, found)
  }

  /// How many bytes short jumps save before a place.
  private struct Savings {
    private let ends: [Int]
    private let sums: [Int]

    init(_ jumps: [Jump]) {
      var ends: [Int] = []
      var sums: [Int] = [0]
      for jump in jumps where jump.isShort {
        ends.append(jump.end)
        sums.append(sums[sums.count - 1] + jump.saving)
      }
      self.ends = ends
      self.sums = sums
    }

    func before(_ place: Int) -> Int {
      var low = 0
      var high = ends.count
      while low < high {
        let middle = (low + high) / 2
        if ends[middle] <= place { low = middle + 1 } else { high = middle }
      }
      return sums[low]
    }
  }

  // MARK: Encoding

  /// An instruction with a register or a number, and a register.
  mutating func emit(
    prefix: UInt8? = nil,
    wide: Bool,
    opcode: [UInt8],
    field: UInt8,
    isByte: X86Register? = nil,
    register: X86Register
  ) {
    begin(prefix, wide, opcode, field, isByte, base: register)
    bytes.append(0xC0 | (field & 7) << 3 | register.low)
  }

  /// An instruction with a register or a number, and a place in memory.
  mutating func emit(
    prefix: UInt8? = nil,
    wide: Bool,
    opcode: [UInt8],
    field: UInt8,
    isByte: X86Register? = nil,
    memory: X86Memory
  ) {
    begin(prefix, wide, opcode, field, isByte, base: memory.base)
    append(field: field, memory)
  }

  /// The prefixes and the opcode.
  private mutating func begin(
    _ prefix: UInt8?,
    _ wide: Bool,
    _ opcode: [UInt8],
    _ field: UInt8,
    _ isByte: X86Register?,
    base: X86Register
  ) {
    if let prefix { bytes.append(prefix) }
    let rex: UInt8 = (wide ? 8 : 0) | (field & 8) >> 1 | (base.isHigh ? 1 : 0)
    if rex != 0 || isByte?.needsPrefixForByte == true { bytes.append(0x40 | rex) }
    bytes += opcode
  }

  /// The bytes that name a register and a place in memory.
  private mutating func append(field: UInt8, _ memory: X86Memory) {
    let low = memory.base.low, field = (field & 7) << 3
    let displacement = memory.displacement
    // Without a distance, the number of rbp means an address relative to the code.
    let mode: UInt8 =
      displacement == 0 && low != 5 ? 0 : Int8(exactly: displacement) != nil ? 0x40 : 0x80
    bytes.append(mode | field | low)
    // The number of rsp means that a byte with an index follows; this one has none.
    if low == 4 { bytes.append(0x24) }
    if mode == 0x40 { bytes.append(UInt8(bitPattern: Int8(displacement))) }
    if mode == 0x80 { bytes.append(little: displacement) }
  }

  // MARK: Moves

  mutating func move(_ width: Width, _ destination: X86Register, _ source: X86Register) {
    emit(wide: width == .doubleWord, opcode: [0x89], field: source.rawValue, register: destination)
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
      emit(wide: true, opcode: [0xC7], field: 0, register: destination)
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
      emit(wide: false, opcode: [0x0F, 0xB6], field: destination.rawValue, isByte: source, register: source)
    case .half: emit(wide: false, opcode: [0x0F, 0xB7], field: destination.rawValue, register: source)
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
      emit(wide: wide, opcode: [0x0F, 0xBE], field: destination.rawValue, isByte: source, register: source)
    case .half: emit(wide: wide, opcode: [0x0F, 0xBF], field: destination.rawValue, register: source)
    case .word:
      if wide {
        emit(wide: true, opcode: [0x63], field: destination.rawValue, register: source)
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
    case .byte: emit(wide: false, opcode: [0x0F, 0xB6], field: field, memory: memory)
    case .half: emit(wide: false, opcode: [0x0F, 0xB7], field: field, memory: memory)
    case .word: emit(wide: false, opcode: [0x8B], field: field, memory: memory)
    case .doubleWord: emit(wide: true, opcode: [0x8B], field: field, memory: memory)
    }
  }

  /// Loads and sign-extends to 64 bits.
  mutating func loadExtendingSign(_ size: Size, _ destination: X86Register, _ memory: X86Memory) {
    let field = destination.rawValue
    switch size {
    case .byte: emit(wide: true, opcode: [0x0F, 0xBE], field: field, memory: memory)
    case .half: emit(wide: true, opcode: [0x0F, 0xBF], field: field, memory: memory)
    case .word: emit(wide: true, opcode: [0x63], field: field, memory: memory)
    case .doubleWord: emit(wide: true, opcode: [0x8B], field: field, memory: memory)
    }
  }

  mutating func store(_ size: Size, _ source: X86Register, _ memory: X86Memory) {
    let field = source.rawValue
    switch size {
    case .byte: emit(wide: false, opcode: [0x88], field: field, isByte: source, memory: memory)
    case .half: emit(prefix: 0x66, wide: false, opcode: [0x89], field: field, memory: memory)
    case .word: emit(wide: false, opcode: [0x89], field: field, memory: memory)
    case .doubleWord: emit(wide: true, opcode: [0x89], field: field, memory: memory)
    }
  }

  /// Stores a constant, sign-extended from 32 bits.
  mutating func store(_ size: Size, _ value: Int32, _ memory: X86Memory) {
    switch size {
    case .byte:
      emit(wide: false, opcode: [0xC6], field: 0, memory: memory)
      bytes.append(UInt8(truncatingIfNeeded: value))
    case .half:
      emit(prefix: 0x66, wide: false, opcode: [0xC7], field: 0, memory: memory)
      bytes.append(UInt8(truncatingIfNeeded: value))
      bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    case .word, .doubleWord:
      emit(wide: size == .doubleWord, opcode: [0xC7], field: 0, memory: memory)
      bytes.append(little: value)
    }
  }

  mutating func loadAddress(_ destination: X86Register, _ memory: X86Memory) {
    emit(wide: true, opcode: [0x8D], field: destination.rawValue, memory: memory)
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
    emit(wide: false, opcode: [0xFF], field: 2, register: register)
  }

  mutating func jump(to register: X86Register) {
    emit(wide: false, opcode: [0xFF], field: 4, register: register)
  }

  mutating func ret() { bytes.append(0xC3) }

  /// Asks for a place in memory to be brought near.
  mutating func prefetch(_ memory: X86Memory) {
    emit(wide: false, opcode: [0x0F, 0x18], field: 1, memory: memory)
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
