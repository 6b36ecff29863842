/// One instruction that a way went over, with what looking back needs of it.
struct HistoryEntry: BitwiseCopyable {
  var slot: Int32
  /// How many frames were above the running one.
  var depth: UInt8
  /// The slot of a stack that a register was spilled to or filled from, 255 for none.
  var spillIndex: UInt8 = .max
  var spillFrame: UInt8 = 0
  /// Of a branch: whether each operand is a number.
  var leftIsScalar = false
  var rightIsScalar = false
  /// Which way was taken: 0 the one that the instruction itself went on, else a fork, counted from 1.
  var choice: UInt8 = 0
  /// What was linked to the compared scalars, by index in the engine's table; -1 for nothing.
  var links: Int32 = -1
}
