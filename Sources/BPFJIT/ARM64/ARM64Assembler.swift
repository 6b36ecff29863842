import BPF

/// Writes machine code for arm64: knows the machine's encodings and nothing of BPF.
///
/// Conditional branches are written short, which reaches 1 MiB; `finish` makes those long that go farther. `x17` is the
/// assembler's own, for constants that stand in no instruction.
struct ARM64Assembler {
  /// A place in the code, known once it is placed.
  struct Label: Hashable {
    fileprivate var index: Int
  }

  /// The finished code.
  struct Code {
    /// The code.
    var bytes: [UInt8]
    fileprivate var places: [Int]

    /// Where a label lies, in bytes; nil where it was not placed.
    subscript(label: Label) -> Int? { places[label.index] < 0 ? nil : 4 * places[label.index] }
  }

  /// A branch or call whose distance is not known yet.
  private struct Branch {
    /// Which word it is.
    var position: Int
    var label: Int
    /// Whether it has 26 bits for the distance, not 19.
    var reachesFar: Bool
    /// Whether it has been found to need a second branch, which has 26.
    var isLong = false
  }

  /// What takes constants that stand in no instruction.
  static let scratch = ARM64Register.x17

  /// The instructions so far.
  var words: [UInt32] = []
  private var places: [Int] = []
  private var branches: [Branch] = []

  /// Makes room for so many instructions to begin with.
  init(reserving count: Int = 0) { words.reserveCapacity(count) }

  /// Adds an instruction.
  mutating func emit(_ word: UInt32) { words.append(word) }

  // MARK: Labels

  /// A label that is placed later.
  mutating func makeLabel() -> Label {
    places.append(-1)
    return Label(index: places.count - 1)
  }

  /// Puts a label here.
  mutating func place(_ label: Label) { places[label.index] = words.count }

  mutating func branch(to label: Label) { appendBranch(0x1400_0000, label, reachesFar: true) }

  mutating func call(_ label: Label) { appendBranch(0x9400_0000, label, reachesFar: true) }

  mutating func branch(if condition: ARM64Condition, to label: Label) {
    appendBranch(0x5400_0000 | condition.rawValue, label, reachesFar: false)
  }

  /// Branches where a register is 0.
  mutating func branch(ifZero register: ARM64Register, _ width: Width, to label: Label) {
    appendBranch(0x3400_0000 | wide(width) | register.number, label, reachesFar: false)
  }

  /// Branches where a register is not 0.
  mutating func branch(ifNotZero register: ARM64Register, _ width: Width, to label: Label) {
    appendBranch(0x3500_0000 | wide(width) | register.number, label, reachesFar: false)
  }

  private mutating func appendBranch(_ word: UInt32, _ label: Label, reachesFar: Bool) {
    branches.append(Branch(position: words.count, label: label.index, reachesFar: reachesFar))
    words.append(word)
  }

  // MARK: Finishing

  /// The finished code.
  ///
  /// - Throws: A branch that goes farther than 128 MiB.
  consuming func finish() throws(CompilationError) -> Code {
    if words.count >= Self.shortReach { lengthen() }
    for branch in branches {
      let distance = places[branch.label] - branch.position
      if branch.isLong {
        // The opposite condition goes over the second branch.
        words[branch.position] = Self.opposite(words[branch.position]) | 2 << 5
        words[branch.position + 1] = 0x1400_0000
        try fill(branch.position + 1, distance - 1)
      } else if branch.reachesFar {
        try fill(branch.position, distance)
      } else {
        words[branch.position] |= UInt32(bitPattern: Int32(distance)) << 5 & 0x00FF_FFE0
      }
    }
    var bytes = [UInt8]()
    bytes.reserveCapacity(4 * words.count)
    for word in words { bytes.append(little: Int32(bitPattern: word)) }
    return Code(bytes: bytes, places: places)
  }

  /// How many instructions 19 bits reach to each side.
  private static let shortReach = 1 << 18

  private mutating func fill(_ position: Int, _ distance: Int) throws(CompilationError) {
    guard distance >= -(1 << 25), distance < 1 << 25 else {
      throw CompilationError(slot: nil, reason: "a branch at byte \(4 * position) goes farther than 128 MiB")
    }
    words[position] |= UInt32(bitPattern: Int32(distance)) & 0x03FF_FFFF
  }

  /// A conditional branch that branches where this one does not, without its distance.
  private static func opposite(_ word: UInt32) -> UInt32 { word ^ (word >> 24 == 0x54 ? 1 : 1 << 24) }

  /// Makes room for a second branch behind those that do not reach.
  private mutating func lengthen() {
    // Code only grows, so that a branch that does not reach never will.
    var isChanged = true
    while isChanged {
      isChanged = false
      let added = Places(of: branches)
      for index in branches.indices where !branches[index].reachesFar && !branches[index].isLong {
        let position = branches[index].position, target = places[branches[index].label]
        let distance = target + added.before(target) - position - added.before(position)
        if distance < -Self.shortReach || distance >= Self.shortReach {
          branches[index].isLong = true
          isChanged = true
        }
      }
    }
    let added = Places(of: branches)
    var longer: [UInt32] = []
    longer.reserveCapacity(words.count + added.count)
    var copied = 0
    for branch in branches where branch.isLong {
      longer += words[copied...branch.position]
      longer.append(0)
      copied = branch.position + 1
    }
    longer += words[copied...]
    words = longer
    for index in branches.indices { branches[index].position += added.before(branches[index].position) }
    for index in places.indices where places[index] >= 0 { places[index] += added.before(places[index]) }
  }

  /// Where second branches come in.
  private struct Places {
    private let positions: [Int]

    init(of branches: [Branch]) { positions = branches.filter(\.isLong).map(\.position) }

    var count: Int { positions.count }

    /// How many come before an instruction.
    func before(_ place: Int) -> Int {
      var low = 0
      var high = positions.count
      while low < high {
        let middle = (low + high) / 2
        if positions[middle] < place { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }

  // MARK: Control

  /// Calls what a register points to.
  mutating func call(_ register: ARM64Register) { emit(0xD63F_0000 | register.number << 5) }

  mutating func branch(to register: ARM64Register) { emit(0xD61F_0000 | register.number << 5) }

  mutating func ret() { emit(0xD65F_03C0) }

  /// The bit that says that an instruction works on 64 bits.
  func wide(_ width: Width) -> UInt32 { width == .doubleWord ? 1 << 31 : 0 }
}
