import BPF

/// `bpf_iter_num_…` and `bpf_iter_bits_…`: loops over numbers and over the set bits of some words.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, its second that of as
/// many bytes of the stack as the iterator has, and words are readable as the prototype says.
enum IteratorFunctions {
  static let all: [Helper] = [
    newNumbers, nextNumber, destroy("bpf_iter_num_destroy", 8, .numbers),
    newBits, nextBit, destroy("bpf_iter_bits_destroy", 16, .bits),
  ]

  /// The most numbers of one loop (`BPF_MAX_LOOPS`).
  private static let limit: Int64 = 8 * 1024 * 1024

  static let newNumbers = unsafe Helper(
    .function("bpf_iter_num_new", [.stackObject(8), .scalar, .scalar], .integer)
  ) { state, place, start, end, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    let first = Int64(Int32(truncatingIfNeeded: start)), end = Int64(Int32(truncatingIfNeeded: end))
    var entry = StackObjects.Entry(kind: .numbers), answer: UInt64 = 0
    if first > end {
      answer = LinuxErrno.invalid.negated
    } else if end - first > limit {
      answer = LinuxErrno.tooBig.negated
    } else {
      entry.offset = first - 1
      entry.end = end
    }
    _ = unsafe machine.make(entry, at: place, byteCount: 8)
    return answer
  }

  static let nextNumber = unsafe Helper(
    .function("bpf_iter_num_next", [.stackObject(8)], .memoryOrNull)
  ) { state, place, _, _, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    return unsafe machine.withObject(place, .numbers) { objects, index in
      let next = objects[index].offset + 1
      guard next < objects[index].end else {
        objects[index].offset = 0
        objects[index].end = 0
        return 0
      }
      objects[index].offset = next
      return unsafe machine.show(Int32(next), of: objects, index)
    }
  }

  static let newBits = unsafe Helper(
    .function("bpf_iter_bits_new", [.stackObject(16), .readableWords, .scalar], .integer)
  ) { state, place, words, count, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    let count = Int(UInt32(truncatingIfNeeded: count))
    guard let index = unsafe machine.make(.bits, at: place, byteCount: 16) else { return 0 }
    if count == 0 { return LinuxErrno.invalid.negated }
    if unsafe machine.pointee.registers[2] == 0 { return LinuxErrno.invalid.negated }
    if count > BitWords.limit { return LinuxErrno.tooBig.negated }
    let objects = unsafe machine.pointee.objects.takeUnretainedValue()
    objects[index].offset = -1
    objects[index].end = Int64(count) * 64
    objects.setBits(
      (0..<count).map { unsafe pointer(words).loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self) },
      index
    )
    return 0
  }

  static let nextBit = unsafe Helper(
    .function("bpf_iter_bits_next", [.stackObject(16)], .memoryOrNull)
  ) { state, place, _, _, _, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    return unsafe machine.withObject(place, .bits) { objects, index in
      let words = objects.bits(index)
      var bit = Int(objects[index].offset) + 1
      while bit < Int(objects[index].end) {
        let rest = words[bit / 64] >> UInt64(bit % 64)
        if rest == 0 {
          bit = (bit / 64 + 1) * 64
          continue
        }
        bit += rest.trailingZeroBitCount
        objects[index].offset = Int64(bit)
        return unsafe machine.show(Int32(bit), of: objects, index)
      }
      objects[index].end = 0
      return 0
    }
  }

  private static func destroy(_ name: String, _ byteCount: Int, _ kind: StackObjects.Kind) -> Helper {
    switch kind {
    case .numbers:
      unsafe Helper(.function(name, [.stackObject(byteCount)], .void)) { state, place, _, _, _, _ in
        unsafe state.assumingMemoryBound(to: MachineState.self).destroy(place, .numbers)
      }
    default:
      unsafe Helper(.function(name, [.stackObject(byteCount)], .void)) { state, place, _, _, _, _ in
        unsafe state.assumingMemoryBound(to: MachineState.self).destroy(place, .bits)
      }
    }
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// Shows an iterator's number to the program: the address of 4 bytes that go with the iterator.
  fileprivate func show(_ value: Int32, of objects: StackObjects, _ index: Int) -> UInt64 {
    if objects[index].owner == 0 { objects[index].owner = objects.makeOwner() }
    objects.show(value, index)
    unsafe pointee.loan = MemoryLoan(byteCount: 4, owner: objects[index].owner)
    return objects.valueAddress(index)
  }

  /// Forgets an iterator, and what it showed.
  fileprivate func destroy(_ place: UInt64, _ kind: StackObjects.Kind) -> UInt64 {
    unsafe withObject(place, kind) { objects, index in
      unsafe pointee.releasedOwner = objects[index].owner
      objects.destroy(index)
      return 0
    }
  }
}
