import BPF
import BPFMaps
import Synchronization

// The oracle's memory: objects, and the accesses that they allow. The invariant: an access reaches host memory only
// after `check` found it inside a live object, and an object is made only of memory that outlives the run.

extension OracleRun {
  // MARK: Entry

  /// Starts with `r1` the context.
  mutating func enterContext() {
    let block = unsafe machine.block
    context = add(
      .context,
      at: UInt64(UInt(bitPattern: block)),
      byteCount: current.environment.context.byteCount
    )
    registers[1] = .pointer(objects[objects.count - 1].base, into: objects.count - 1)
    readPacket()
    enterFrame()
  }

  /// Starts with `r1` some memory and `r2` its length.
  mutating func enterMemory(_ bytes: UnsafeMutableRawBufferPointer) {
    let base = unsafe bytes.baseAddress ?? machine.block.pointee.stack
    let object = add(.memory, at: UInt64(UInt(bitPattern: base)), byteCount: bytes.count)
    registers[1] = .pointer(objects[object].base, into: object)
    registers[2] = .number(UInt64(bytes.count))
    enterFrame()
  }

  /// Makes the next stack frame and points `r10` to its end.
  mutating func enterFrame() {
    let base = unsafe machine.block.pointee.stack + callers.count * StackFrame.byteCount
    unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: StackFrame.byteCount)
    let frame = add(.stack, at: UInt64(UInt(bitPattern: base)), byteCount: StackFrame.byteCount)
    objects[frame].written = Array(repeating: false, count: StackFrame.byteCount)
    registers[10] = .pointer(objects[frame].base + UInt64(StackFrame.byteCount), into: frame)
  }

  /// The frame that is left is no object any more.
  mutating func retireFrame() {
    guard let frame = registers[10].object else { return }
    objects[frame].isLive = false
    objects[frame].written = []
    objects[frame].spilled = [:]
  }

  /// Makes objects of the packet that the context describes; those of an earlier one are stale.
  mutating func readPacket() {
    for old in [packet, metadata] { if let old { objects[old].isLive = false } }
    retireSlices(of: MemoryLoan.packet)
    let fields = current.environment.context.fields
    func value(_ kind: ContextLayout.Kind) -> UInt64? {
      guard let index = fields.firstIndex(where: { $0.kind == kind }) else { return nil }
      return unsafe machine.block.pointee.state.context[index]
    }
    guard let start = value(.packetStart), let end = value(.packetEnd) else { return }
    packet = add(.packet, at: start, byteCount: Int(end - start))
    if let first = value(.packetMetadata), first <= start {
      metadata = add(.packet, at: first, byteCount: Int(start - first))
    }
  }

  mutating func add(
    _ kind: Region.Kind,
    at base: UInt64,
    byteCount: Int,
    access: Region.Access = [.read, .write]
  ) -> Int {
    objects.append(OracleObject(kind: kind, base: base, byteCount: byteCount, access: access))
    return objects.count - 1
  }

  // MARK: Checks

  /// The host memory and object of an access, or a trap.
  func check(
    _ pointer: OracleValue,
    _ count: Int,
    _ intent: AccessIntent,
    in operation: String = ""
  ) throws(Trap) -> (memory: UnsafeMutableRawPointer, object: Int, offset: Int) {
    let what = "\(operation)\(intent.verb) \(count == 1 ? "1 byte" : "\(count) bytes")"
    let address = "0x" + String(pointer.bits, radix: 16)
    guard let index = pointer.object else {
      throw trap(
        .outOfBounds,
        "\(what) at \(address), which is \(pointer.bits < 4096 ? "null" : "a number, not a pointer")"
      )
    }
    let object = objects[index], offset = Int64(bitPattern: pointer.bits &- object.base)
    guard object.isLive else {
      throw trap(.outOfBounds, "\(what) at offset \(offset) of \(object.kind.name) that is gone")
    }
    switch object.kind {
    case .context, .map, .function, .none, .stale:
      throw trap(.notAllowed, "\(what) at offset \(offset) of \(object.kind.name) itself")
    case .stack, .memory, .packet, .mapValue, .record, .slice: break
    }
    guard offset >= 0, offset <= Int64(object.byteCount - count) else {
      throw trap(
        .outOfBounds,
        "\(what) at offset \(offset) of \(object.kind.name) of \(object.byteCount) bytes"
      )
    }
    guard object.access.contains(intent == .read ? .read : .write) else {
      throw trap(.notAllowed, "\(what) at offset \(offset) of \(object.kind.name), which is not allowed")
    }
    if object.kind == .mapValue, let map = object.map {
      for field in map.definition.fields
      where Int(offset) < field.offset + field.kind.byteCount && field.offset < Int(offset) + count {
        throw trap(
          .notAllowed,
          "\(what) at offset \(offset) of a map value, where only helpers touch the \(field.kind.typeName)"
        )
      }
    }
    return unsafe (
      UnsafeMutableRawPointer(bitPattern: UInt(pointer.bits)).unsafelyUnwrapped, index, Int(offset)
    )
  }

  func checkAlignment(_ address: Address, _ count: Int) throws(Trap) {
    let pointer = try pointer(address), bits = pointer.bits
    guard bits % UInt64(count) != 0 else { return }
    let place =
      pointer.object.map {
        "offset \(Int64(bitPattern: bits &- objects[$0].base)) of \(objects[$0].kind.name)"
      }
      ?? "0x" + String(bits, radix: 16)
    throw trap(.notAllowed, "atomic access to \(count) bytes at \(place) is misaligned")
  }

  private func pointer(_ address: Address) throws(Trap) -> OracleValue {
    var value = try read(address.base)
    value.bits &+= UInt64(bitPattern: Int64(address.offset))
    return value
  }

  // MARK: Accesses

  mutating func load(_ size: Size, _ address: Address) throws(Trap) -> OracleValue {
    let pointer = try pointer(address)
    if let context, pointer.object == context { return try loadContext(pointer, size) }
    let (memory, object, offset) = unsafe try check(pointer, size.byteCount, .read)
    if objects[object].kind == .stack {
      if size == .doubleWord, let spilled = objects[object].spilled[offset] { return spilled }
      try requireWritten(object, offset..<offset + size.byteCount, "reads")
    }
    switch size {
    case .byte: return unsafe .number(UInt64(memory.loadShared(as: UInt8.self)))
    case .half: return unsafe .number(UInt64(memory.loadShared(as: UInt16.self)))
    case .word: return unsafe .number(UInt64(memory.loadShared(as: UInt32.self)))
    case .doubleWord: return unsafe .number(memory.loadShared(as: UInt64.self))
    }
  }

  mutating func store(_ size: Size, _ value: OracleValue, _ address: Address) throws(Trap) {
    let pointer = try pointer(address)
    if let context, pointer.object == context {
      throw trap(.notAllowed, "writes \(size.byteCount) bytes of the context, which is read-only")
    }
    let (memory, object, offset) = unsafe try check(pointer, size.byteCount, .write)
    switch size {
    case .byte: unsafe memory.storeShared(UInt8(truncatingIfNeeded: value.bits))
    case .half: unsafe memory.storeShared(UInt16(truncatingIfNeeded: value.bits))
    case .word: unsafe memory.storeShared(UInt32(truncatingIfNeeded: value.bits))
    case .doubleWord: unsafe memory.storeShared(value.bits)
    }
    markWritten(object, offset..<offset + size.byteCount)
    if size == .doubleWord, value.object != nil, offset % 8 == 0, objects[object].kind == .stack {
      objects[object].spilled[offset] = value
    }
  }

  /// Replaces an aligned word by what `change` makes of it, in one atomic step; the word that was there.
  mutating func replace(
    _ width: Width,
    _ address: Address,
    _ change: (UInt64) -> UInt64
  ) throws(Trap) -> UInt64 {
    let size: Size = width == .doubleWord ? .doubleWord : .word
    try checkAlignment(address, size.byteCount)
    let pointer = try pointer(address)
    // Reading first finds bytes that were never written; the word itself may change until it is replaced.
    var old = try load(size, address).bits
    let (memory, object, offset) = unsafe try check(pointer, size.byteCount, .write)
    var isReplaced = false
    while !isReplaced {
      if width == .doubleWord {
        let word = unsafe memory.assumingMemoryBound(to: Atomic<UInt64>.self)
        (isReplaced, old) = unsafe word.pointee.compareExchange(
          expected: old,
          desired: change(old),
          ordering: .sequentiallyConsistent
        )
      } else {
        let word = unsafe memory.assumingMemoryBound(to: Atomic<UInt32>.self)
        let (exchanged, original) = unsafe word.pointee.compareExchange(
          expected: UInt32(truncatingIfNeeded: old),
          desired: UInt32(truncatingIfNeeded: change(old)),
          ordering: .sequentiallyConsistent
        )
        (isReplaced, old) = (exchanged, UInt64(original))
      }
    }
    markWritten(object, offset..<offset + size.byteCount)
    return old
  }

  private func loadContext(_ pointer: OracleValue, _ size: Size) throws(Trap) -> OracleValue {
    let offset = Int(truncatingIfNeeded: pointer.bits &- objects[pointer.object ?? 0].base)
    let fields = current.environment.context.fields
    guard let index = fields.firstIndex(where: { $0.offset == offset && $0.byteCount == size.byteCount })
    else {
      throw trap(
        .notAllowed,
        "reads \(size.byteCount) bytes at offset \(offset) of the context, where no field of that size is"
      )
    }
    let bits = unsafe machine.block.pointee.state.context[index]
    switch fields[index].kind {
    case .scalar: return .number(bits)
    case .packetStart, .packetEnd: return OracleValue(bits: bits, object: packet, isInitialized: true)
    case .packetMetadata: return OracleValue(bits: bits, object: metadata ?? packet, isInitialized: true)
    }
  }

  // MARK: The stack's bytes

  /// Traps if a stack byte was never written and the policy says so.
  func requireWritten(_ object: Int, _ range: Range<Int>, _ verb: String) throws(Trap) {
    guard current.stackPolicy == .trap, let gap = range.first(where: { !objects[object].written[$0] }) else {
      return
    }
    throw trap(
      .uninitialized,
      "\(verb) the stack byte at fp\(gap - StackFrame.byteCount), which was never written"
    )
  }

  /// Bytes of a stack frame were written: pointers spilled there are gone.
  mutating func markWritten(_ object: Int, _ range: Range<Int>) {
    guard objects[object].kind == .stack else { return }
    for offset in range { objects[object].written[offset] = true }
    for slot in (range.lowerBound / 8)...((range.upperBound - 1) / 8) {
      objects[object].spilled[slot * 8] = nil
    }
  }

  // MARK: Constants

  mutating func constant(_ value: Immediate64) throws(Trap) -> OracleValue {
    switch value {
    case .value(let bits): return .number(bits)
    case .function(let offset):
      return .pointer(UInt64(slot + 1 + Int(offset)) * 8, into: add(.function, at: 0, byteCount: 0))
    case .map(let index):
      let map = current.environment.maps[Int(index)]
      let object = unsafe add(
        .map,
        at: UInt64(UInt(bitPattern: Unmanaged.passUnretained(map).toOpaque())),
        byteCount: 0
      )
      objects[object].map = map
      return .pointer(objects[object].base, into: object)
    case .mapValue(let index, let offset):
      let map = current.environment.maps[Int(index)], zero: [UInt8] = [0, 0, 0, 0]
      let host = unsafe zero.withUnsafeBytes { unsafe map.element($0.baseAddress.unsafelyUnwrapped, cpu: 0) }
      guard let object = unsafe grantValue(host, of: map) else {
        throw trap(.badArgument, "map has no value")
      }
      return .pointer(objects[object].base + UInt64(offset), into: object)
    case .kernelVariable:
      let name = current.externs[slot]?.name ?? ""
      return .number(current.environment.helpers[function: name] == nil ? 0 : Lowering.presentFunction)
    case .mapDescriptor, .mapDescriptorValue:
      throw trap(.badInstruction, "refers to a map by a file descriptor")
    }
  }

  /// The object of a map's value, or of the map in a map, the same one for the same value.
  mutating func grantValue(_ host: UnsafeMutableRawPointer?, of map: UserMap) -> Int? {
    guard let host = unsafe host else { return nil }
    let base = UInt64(UInt(bitPattern: host))
    if let known = values[base] { return known }
    let access = Region.Access(of: map.definition)
    if access.contains(.holdsMaps) {
      let object = add(.map, at: base, byteCount: 0)
      objects[object].map = unsafe Unmanaged<UserMap>.fromOpaque(host).takeUnretainedValue()
      values[base] = object
      return object
    }
    values[base] = add(.mapValue, at: base, byteCount: map.definition.valueSize, access: access)
    if let object = values[base] { objects[object].map = map }
    return values[base]
  }
}
