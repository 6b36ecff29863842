import BPF

/// What is told of stack that is read before it was written: nothing is unsafe there, but hardly anybody means it.
struct UnwrittenStack {
  private let transfer: Transfer

  init(_ transfer: Transfer) { self.transfer = transfer }

  /// One line for each instruction, in order.
  var warnings: [String] {
    let source = SourceWords(program: transfer.program)
    return transfer.unwrittenReads.sorted { $0.key < $1.key }.map { slot, place in
      let reader = transfer.prototypes[slot]?.name ?? "a load"
      return
        "\(source.place(slot)): \(reader) reads stack that was never written, from r10\(place) on: Linux before 6.3 refuses it, and what is read is chance; initialise the whole variable, padding too, as in `struct key key = {};`"
    }
  }
}
