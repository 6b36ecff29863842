import BPF

/// What one instruction looked at and relied on, beside what it did to the state.
///
/// Path exploration needs it: for precision, and to know which parts of a state mattered.
struct StepEffects {
  /// A value before the instruction whose exact range a check relied on.
  enum Demand: Hashable {
    /// Of the frame that was run.
    case register(Register)
    /// A stack slot of a frame.
    case slot(frame: Int, index: Int)
  }

  /// Values that must be told apart from now on.
  private(set) var demands: [Demand] = []
  /// Bytes of stack that were read, by frame: a bit a slot.
  private(set) var reads = [8 of UInt64](repeating: 0)
  /// Stack slots that were written whole, by frame.
  private(set) var writes = [8 of UInt64](repeating: 0)
  private(set) var touchesStack = false
  /// The one slot that a register was spilled to or filled from.
  private(set) var spill: (frame: Int, index: Int)?
  /// Registers and slots of the state before the instruction whose scalars are linked to those it compared.
  var linked = LinkedScalars()
  /// Of a branch: whether the operands are scalars, so that their precision depends on one another.
  var comparesScalars = (left: false, right: false)

  mutating func clear() {
    if !demands.isEmpty { demands.removeAll(keepingCapacity: true) }
    if touchesStack {
      reads = [8 of UInt64](repeating: 0)
      writes = [8 of UInt64](repeating: 0)
      touchesStack = false
    }
    spill = nil
    if linked.count > 0 { linked = LinkedScalars() }
    comparesScalars = (false, false)
  }

  mutating func demand(_ register: Register) { demands.append(.register(register)) }
  mutating func demandSlot(_ index: Int, frame: Int) { demands.append(.slot(frame: frame, index: index)) }

  mutating func read(slot index: Int, frame: Int) {
    reads[frame] |= 1 << UInt64(index)
    touchesStack = true
  }

  mutating func write(slot index: Int, frame: Int) {
    writes[frame] |= 1 << UInt64(index)
    touchesStack = true
  }

  mutating func spills(slot index: Int, frame: Int) { spill = (frame, index) }
}

/// Scalars that share an id: registers and spilled ones, at most six as in Linux.
struct LinkedScalars: Hashable {
  /// One of them.
  struct Place: Hashable, BitwiseCopyable {
    var frame: UInt8
    /// A register's number, or a slot's with `isSlot`.
    var index: UInt8
    var isSlot: Bool
  }

  static let limit = 6
  private(set) var places = [6 of Place](repeating: Place(frame: 0, index: 0, isSlot: false))
  private(set) var count = 0

  subscript(index: Int) -> Place { places[index] }

  mutating func append(_ place: Place) {
    guard count < Self.limit else { return }
    places[count] = place
    count += 1
  }

  static func == (left: LinkedScalars, right: LinkedScalars) -> Bool {
    guard left.count == right.count else { return false }
    for index in 0..<left.count where left.places[index] != right.places[index] { return false }
    return true
  }

  func hash(into hasher: inout Hasher) { hasher.combine(count) }
}
