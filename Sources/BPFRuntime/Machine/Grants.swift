import BPFMaps

// Granting tags: what a helper hands out becomes an object of the run, exactly as large as it is.

/// Grants of a run by address, so that two look-ups of one value give equal pointers; and the tags still in use when a
/// run has granted more than there are.
final class GrantIndex {
  var tags: [UInt64: UInt64] = [:]
  /// Slices by address: a slice asked for again is the same one if nothing else about it changed.
  var slices: [UInt64: UInt64] = [:]
  /// Tags that a register, a frame or a stack byte still held when tags ran out; empty as long as they have not.
  var inUse: Set<UInt64> = []
}

/// How many grants are searched one by one before the index serves.
private let linearLimit: UInt64 = 8

extension UnsafeMutablePointer<MachineState> {
  /// A pointer to `byteCount` bytes at a host address, tagged as an object of their own.
  ///
  /// Granting the same value again gives the same pointer.
  @inline(__always) func grant(
    _ kind: Region.Kind,
    at address: UnsafeMutableRawPointer,
    byteCount: Int,
    access: Region.Access,
    owner: UInt32 = 0
  ) -> UInt64 {
    let bits = UInt64(UInt(bitPattern: address)), last = unsafe pointee.nextTag
    var tag = Tag.granted
    while tag < last && tag < Tag.granted + linearLimit {
      if kind.isShared, unsafe pointee.regions[Int(tag)].start & Tag.addressMask == bits,
        unsafe pointee.regions[Int(tag)].kind == kind
      {
        return unsafe pointee.regions[Int(tag)].start
      }
      tag &+= 1
    }
    if last < Tag.granted + linearLimit {
      unsafe pointee.nextTag = last + 1
      let start = Tag.pointer(last, bits)
      unsafe pointee.regions[Int(last)] = Region(
        kind,
        start: start,
        byteCount: byteCount,
        access: access,
        owner: owner
      )
      return start
    }
    return unsafe grantIndexed(kind, at: bits, byteCount: byteCount, access: access, owner: owner)
  }

  /// A pointer to a map that a look-up in a map of maps gave; it stays alive until the worker's batch ends.
  @inline(never) func grantMap(_ address: UnsafeMutableRawPointer) -> UInt64 {
    let definition = unsafe Unmanaged<UserMap>.fromOpaque(address)._withUnsafeGuaranteedRef { $0.definition }
    let pointer = unsafe grant(.map, at: address, byteCount: 0, access: [])
    guard pointer != 0 else { return 0 }
    unsafe pointee.regions[Int(pointer &>> Tag.shift)] = Region(
      map: pointer,
      keySize: definition.keySize,
      valueSize: definition.valueSize,
      access: Region.Access(of: definition)
    )
    return pointer
  }

  @inline(never) private func grantIndexed(
    _ kind: Region.Kind,
    at address: UInt64,
    byteCount: Int,
    access: Region.Access,
    owner: UInt32
  ) -> UInt64 {
    let index = unsafe pointee.grants.takeUnretainedValue()
    if kind.isShared, let tag = index.tags[address] { return unsafe pointee.regions[Int(tag)].start }
    guard let tag = unsafe freshTag(index) else {
      unsafe pointee.state.refusal = "the run holds more objects than there are tags for"
      return 0
    }
    let start = Tag.pointer(tag, address)
    if kind.isShared { index.tags[address] = tag }
    unsafe pointee.regions[Int(tag)] = Region(
      kind,
      start: start,
      byteCount: byteCount,
      access: access,
      owner: owner
    )
    return start
  }

  /// A pointer to memory that a helper lends; null for null, and the same pointer where the same is lent again.
  @inline(never) func grantSlice(at address: UInt64, _ loan: MemoryLoan) -> UInt64 {
    guard let host = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) else { return 0 }
    let index = unsafe pointee.grants.takeUnretainedValue()
    unsafe pointee.hasLentMemory = true
    let access: Region.Access = loan.isWritable ? [.read, .write] : .read
    if let tag = index.slices[address] {
      let known = unsafe pointee.regions[Int(tag)]
      if known.kind == .slice, known.start & Tag.addressMask == address, known.access == access,
        known.readable == Int64(loan.byteCount), known.owner == loan.owner
      {
        return known.start
      }
    }
    let start = unsafe grant(
      .slice,
      at: host,
      byteCount: loan.byteCount,
      access: access,
      owner: loan.owner
    )
    index.slices[address] = start &>> Tag.shift
    return start
  }

  /// The slices of an owner are of no use any more.
  @inline(never) func retireSlices(of owner: UInt32) {
    let index = unsafe pointee.grants.takeUnretainedValue()
    let end = unsafe index.inUse.isEmpty ? pointee.nextTag : Tag.end
    for tag in Tag.granted..<end where unsafe pointee.regions[Int(tag)].kind == .slice {
      if unsafe pointee.regions[Int(tag)].owner == owner { unsafe retire(tag) }
    }
  }

  /// A tag that nothing shows any more, or nil where a run holds nearly all.
  private func freshTag(_ index: GrantIndex) -> UInt64? {
    while true {
      if unsafe pointee.nextTag == Tag.end {
        unsafe reclaim(index)
        if index.inUse.count > Int(Tag.end - Tag.granted) / 2 { return nil }
      }
      let tag = unsafe pointee.nextTag
      unsafe pointee.nextTag = tag + 1
      if !index.inUse.contains(tag) { return tag }
    }
  }

  /// Starts over with the tags, sparing those that the program can still hold a pointer of.
  ///
  /// Conservative: whatever looks like a tag in a register, a saved register or a stack byte counts. There are fewer such
  /// places than tags, so some are always free.
  private func reclaim(_ index: GrantIndex) {
    var inUse: Set<UInt64> = []
    for register in 0..<11 { unsafe inUse.insert(pointee.registers[register] &>> Tag.shift) }
    for depth in unsafe 0..<pointee.depth {
      let saved = unsafe pointee.frames[depth]
      for value in unsafe [saved.r6, saved.r7, saved.r8, saved.r9] { inUse.insert(value &>> Tag.shift) }
    }
    let stackBytes = unsafe (pointee.depth + 1) * StackFrame.byteCount
    for offset in stride(from: 0, through: stackBytes - 8, by: 1) {
      unsafe inUse.insert(pointee.stack.loadUnaligned(fromByteOffset: offset, as: UInt64.self) &>> Tag.shift)
    }
    unsafe inUse.insert(pointee.packetTag)
    for tag in Tag.granted..<Tag.end {
      if unsafe pointee.regions[Int(tag)].kind == .record { inUse.insert(tag) }
      if !inUse.contains(tag) { unsafe pointee.regions[Int(tag)] = .none }
    }
    index.inUse = inUse
    index.tags = index.tags.filter { inUse.contains($0.value) }
    // The first few tags are searched one by one, whoever holds them: they are not given out again in this run.
    unsafe pointee.nextTag = Tag.granted + linearLimit
  }

  /// Gives back the records that a run has reserved and then forgotten.
  @inline(never) func discardRecords() {
    for tag in Tag.granted..<Tag.end {
      guard unsafe pointee.regions[Int(tag)].kind == .record else { continue }
      let address = unsafe pointee.regions[Int(tag)].start & Tag.addressMask
      if let record = unsafe UnsafeMutableRawPointer(bitPattern: UInt(address)) {
        unsafe RingBufferMap.discard(record, flags: 0)
      }
      unsafe retire(tag)
    }
    unsafe pointee.openRecords = 0
  }

  /// Forgets what the last run was granted.
  @inline(__always) func forgetGrants() {
    var tag = Tag.granted
    let last = unsafe pointee.nextTag
    while tag < last {
      unsafe pointee.regions[Int(tag)] = .none
      tag &+= 1
    }
    unsafe pointee.nextTag = Tag.granted
    if last > Tag.granted + linearLimit { unsafe forgetIndex() }
    if unsafe pointee.hasLentMemory { unsafe forgetSlices() }
  }

  @inline(never) private func forgetSlices() {
    unsafe pointee.hasLentMemory = false
    unsafe pointee.grants.takeUnretainedValue().slices.removeAll(keepingCapacity: true)
  }

  @inline(never) private func forgetIndex() {
    let index = unsafe pointee.grants.takeUnretainedValue()
    index.tags.removeAll(keepingCapacity: true)
    if index.inUse.isEmpty { return }
    index.inUse = []
    for tag in Tag.granted..<Tag.end { unsafe pointee.regions[Int(tag)] = .none }
  }
}
