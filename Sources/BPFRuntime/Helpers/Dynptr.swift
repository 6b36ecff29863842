import BPF

/// One dynptr at hand: some bytes of a map's value, of a ring-buffer record or of the packet, or none.
///
/// Its invariant: `objects[index]` is a dynptr of the machine's run; the memory behind it stays mapped as long as the run,
/// and a packet's is reached only through the hook.
@safe struct Dynptr {
  /// The most bytes that one may have (`DYNPTR_MAX_SIZE`).
  static let limit: UInt32 = 1 << 24 - 1

  let objects: StackObjects
  let index: Int
  let machine: UnsafeMutablePointer<MachineState>

  init(objects: StackObjects, index: Int, machine: UnsafeMutablePointer<MachineState>) {
    self.objects = objects
    self.index = index
    unsafe self.machine = unsafe machine
  }

  private var entry: StackObjects.Entry { objects[index] }
  var isNull: Bool { entry.kind == .null }
  var isPacket: Bool { entry.kind == .packet }
  var isReadOnly: Bool { entry.isReadOnly }
  var byteCount: Int64 { entry.end }

  /// Whether so many bytes from an offset on are within; both are 32-bit numbers.
  func contains(_ offset: UInt64, _ count: UInt64) -> Bool {
    let offset = Int64(UInt32(truncatingIfNeeded: offset)), count = Int64(UInt32(truncatingIfNeeded: count))
    return count <= byteCount && offset <= byteCount - count
  }

  /// Copies bytes out: 0 or an error number as `r0`.
  func read(_ offset: UInt64, _ count: UInt64, into target: UnsafeMutableRawPointer) -> UInt64 {
    guard contains(offset, count) else { return LinuxErrno.tooBig.negated }
    let count = Int(UInt32(truncatingIfNeeded: count))
    guard isPacket else {
      unsafe target.copyMemory(from: memory(offset), byteCount: count)
      return 0
    }
    guard let access = unsafe machine.pointee.state.packet else { return LinuxErrno.invalid.negated }
    return unsafe answer(access.load(machine, place(offset), target, count))
  }

  /// Copies bytes in, which `contains` found within: 0 or an error number as `r0`.
  func write(_ offset: UInt64, _ count: UInt64, from source: UnsafeRawPointer) -> UInt64 {
    let count = Int(UInt32(truncatingIfNeeded: count))
    guard isPacket else {
      unsafe memory(offset).copyMemory(from: source, byteCount: count)
      return 0
    }
    guard let access = unsafe machine.pointee.state.packet else { return LinuxErrno.invalid.negated }
    return unsafe answer(access.store(machine, place(offset), source, count))
  }

  /// Lends bytes to the program; 0 where they are not all there, or not in one piece.
  func lend(_ offset: UInt64, _ count: UInt64, isWritable: Bool) -> UInt64 {
    guard contains(offset, count) else { return 0 }
    let count = Int(UInt32(truncatingIfNeeded: count))
    unsafe machine.pointee.loan = MemoryLoan(byteCount: count, isWritable: isWritable, owner: entry.owner)
    guard isPacket else { return unsafe UInt64(UInt(bitPattern: memory(offset))) }
    guard let access = unsafe machine.pointee.state.packet else { return 0 }
    return unsafe UInt64(UInt(bitPattern: access.bytes(machine, place(offset), count)))
  }

  /// Makes the dynptr begin later and end earlier.
  func adjust(start: UInt64, end: UInt64) -> UInt64 {
    let start = Int64(UInt32(truncatingIfNeeded: start)), end = Int64(UInt32(truncatingIfNeeded: end))
    if isNull || start > end { return LinuxErrno.invalid.negated }
    if start > byteCount || end > byteCount { return LinuxErrno.outOfRange.negated }
    objects[index].offset += start
    objects[index].end = end - start
    return 0
  }

  private func place(_ offset: UInt64) -> Int {
    Int(entry.offset) + Int(UInt32(truncatingIfNeeded: offset))
  }

  private func memory(_ offset: UInt64) -> UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(mutating: pointer(entry.base)) + place(offset)
  }
}
