/// Machine code before it is anywhere, with the places in it that are called.
struct GeneratedCode {
  var bytes: [UInt8]
  /// Where the host enters to run the program once.
  var entry: Int
  /// Where the host enters to call a function back.
  var callback: Int
  /// Where the host enters to run a batch; nil where there is no loop over batches.
  var batch: Int?
  /// Where the program's functions begin, by their slot.
  var functions: [Int: Int]
  /// Where the code of each instruction begins, by its slot; empty where nobody asked.
  var slots: [Int: Int] = [:]
}
