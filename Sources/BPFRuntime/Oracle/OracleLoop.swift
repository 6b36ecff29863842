import BPF
import BPFMaps

/// A function of the program that a helper calls again and again, as the oracle keeps it: with its caller's frame.
struct OracleLoop {
  /// The slot of the function.
  var function: Int
  /// Calls made so far.
  var count: UInt64 = 0
  /// Calls to make.
  var limit: UInt64
  /// What the program wants to be passed along.
  var context: OracleValue
  /// The map of the elements, as the program named it.
  var map: OracleValue
  /// The elements to be shown, or nil to count.
  var walk: ElementWalk?
}

// Callbacks and the rarer arguments in the oracle. The invariant: what a helper lends is memory that outlives the run, or
// goes with an owner whose release ends it here too.

extension OracleRun {
  /// What the helper that ran last wants called.
  mutating func pendingLoop() throws(Trap) -> OracleLoop? {
    let block = unsafe machine.block
    guard let pending = unsafe block.pointee.pendingLoop else { return nil }
    unsafe block.pointee.pendingLoop = nil
    return try unsafe OracleLoop(
      function: pending.function,
      limit: pending.limit,
      context: read(.r3),
      map: read(.r1),
      walk: pending.walk?.takeRetainedValue()
    )
  }

  /// Calls a loop's function once more, or goes on after the helper's call.
  mutating func call(back loop: OracleLoop) throws(Trap) {
    forgetArguments()
    if let walk = loop.walk {
      let value = unsafe walk.advance(cpu: machine.block.pointee.state.cpu)
      guard let object = unsafe grantValue(value, of: walk.map) else { return end(loop) }
      registers[1] = loop.map
      let key = unsafe UInt64(UInt(bitPattern: walk.key))
      registers[2] = slice(
        key,
        MemoryLoan(byteCount: walk.map.definition.keySize, owner: walk.owner)
      )
      registers[3] = .pointer(objects[object].base, into: object)
      registers[4] = loop.context
    } else {
      if loop.count == loop.limit { return end(loop) }
      registers[1] = .number(loop.count)
      registers[2] = loop.context
    }
    try enter(loop.function, for: loop)
  }

  /// Goes on after the helper's call.
  mutating func end(_ loop: OracleLoop) {
    if let walk = loop.walk { retireSlices(of: walk.owner) }
    forgetArguments()
    registers[0] = .number(loop.count)
    slot += 1
  }

  // MARK: What helpers lend

  /// The pointer that a helper's answer stands for; the program's own, where it answers with an argument.
  mutating func lent(_ result: UInt64, _ values: [UInt64], _ arguments: [OracleValue]) -> OracleValue {
    if result == 0 { return .number(0) }
    if let index = values.firstIndex(of: result) { return arguments[index + 1] }
    return slice(result, unsafe machine.block.pointee.loan)
  }

  /// A pointer to memory that is lent; into the same object where the same is lent again.
  private mutating func slice(_ base: UInt64, _ loan: MemoryLoan) -> OracleValue {
    let known = slices[base].flatMap { index in
      objects[index].isLive && objects[index].byteCount == loan.byteCount
        && objects[index].owner == loan.owner
        && objects[index].access.contains(.write) == loan.isWritable ? index : nil
    }
    let object =
      known
      ?? add(.slice, at: base, byteCount: loan.byteCount, access: loan.isWritable ? [.read, .write] : .read)
    objects[object].owner = loan.owner
    slices[base] = object
    return .pointer(base, into: object)
  }

  /// The memory that an owner lent is of no use any more.
  mutating func retireSlices(of owner: UInt32) {
    for index in objects.indices where objects[index].kind == .slice && objects[index].owner == owner {
      objects[index].isLive = false
    }
  }

  /// After a helper took back what it had lent.
  mutating func release() {
    let owner = unsafe machine.block.pointee.releasedOwner
    if owner == 0 { return }
    unsafe machine.block.pointee.releasedOwner = 0
    retireSlices(of: owner)
  }

  /// All that the program may read now.
  func readableRanges() -> [Range<UInt64>] {
    objects.compactMap { object in
      switch object.kind {
      case .stack, .memory, .packet, .mapValue, .record, .slice:
        object.isLive && object.access.contains(.read)
          ? object.base..<object.base + UInt64(object.byteCount) : nil
      case .context, .map, .function, .none, .stale: nil
      }
    }
  }

  // MARK: Arguments

  /// One of the arguments that few helpers take.
  mutating func rareArgument(
    _ index: Int,
    _ value: OracleValue,
    _ prototype: HelperPrototype,
    _ name: String
  ) throws(Trap) -> UInt64 {
    switch prototype.arguments[index] {
    case .callback:
      guard let object = value.object, objects[object].kind == .function, value.bits % 8 == 0,
        current.functionSlots.contains(Int(value.bits / 8))
      else { throw trap(.badArgument, name + "is not a function of the program") }
      return value.bits / 8
    case .string, .stringPrefix:
      if value.bits == 0, prototype.id == 0 { return 0 }
      let limit =
        prototype.arguments[index] == .string ? Int.max : Int(clamping: try nextArgument(index).bits)
      try checkText(value, limit: limit, name)
      return value.bits
    case .readableWords:
      let count = Int(UInt32(truncatingIfNeeded: try nextArgument(index).bits))
      if value.bits == 0 || count == 0 || count > BitWords.limit { return 0 }
      return try memory(value, count * 8, .read, name)
    case .mapValueMemory:
      guard let object = value.object, objects[object].kind == .mapValue else {
        throw trap(.badArgument, name + "is not in a map's value")
      }
      return try memory(value, try size(after: index, prototype), .write, name)
    case .optionalBuffer:
      return value.bits == 0 ? 0 : try memory(value, try size(after: index, prototype), .write, name)
    case .stackObject(let count):
      guard let object = value.object, objects[object].kind == .stack, value.bits % 8 == 0 else {
        throw trap(.badArgument, name + "is not an aligned place in a stack frame")
      }
      return try memory(value, count, .write, name)
    case .kernelField(let kind):
      guard let object = value.object, objects[object].kind == .mapValue, let map = objects[object].map,
        map.definition.fields.contains(
          KernelField(kind, at: Int(Int64(bitPattern: value.bits &- objects[object].base)))
        )
      else { throw trap(.badArgument, name + "is not a struct \(kind.typeName) in a map's value") }
      return value.bits
    default: preconditionFailure("an argument that is not rare")
    }
  }

  private func nextArgument(_ index: Int) throws(Trap) -> OracleValue {
    try read(Register(rawValue: UInt8(index + 2)) ?? .r1)
  }

  private func checkText(_ value: OracleValue, limit: Int, _ name: String) throws(Trap) {
    var place = value, count = 0
    while count < limit {
      let (host, object, offset) = unsafe try check(place, 1, .read, in: name)
      if objects[object].kind == .stack { try requireWritten(object, offset..<offset + 1, name + "reads") }
      if unsafe host.load(as: UInt8.self) == 0 { return }
      place.bits &+= 1
      count += 1
    }
  }
}
