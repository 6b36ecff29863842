import BPF
import BPFMaps

// The oracle's calls. The invariant: a helper gets only memory that `check` found inside a live object.

extension OracleRun {
  /// Performs a call and moves on.
  mutating func call(_ target: CallTarget) throws(Trap) {
    switch target {
    case .helper(12): try tailCall()
    case .helper(let id):
      guard let helper = current.environment.helpers[id] else {
        throw trap(.unknownHelper, MissingHelpers.explanation(ofHelper: id))
      }
      try callHelper(helper)
    case .local(let offset): try enter(slot + 1 + Int(offset))
    case .kernelFunction(let id, _):
      let name = current.externs[slot]?.name ?? "number \(id)"
      guard let function = current.environment.helpers[function: name] else {
        throw trap(.unknownHelper, MissingHelpers.explanation(ofFunction: name))
      }
      try callHelper(function)
    case .register(let register):
      let value = try read(register)
      if let object = value.object, objects[object].kind == .function {
        guard value.bits % 8 == 0, current.functionSlots.contains(Int(value.bits / 8)) else {
          throw trap(.badInstruction, "calls slot \(value.bits / 8), where no function starts")
        }
        try enter(Int(value.bits / 8))
      } else {
        guard let id = UInt32(exactly: value.bits), let helper = current.environment.helpers[id] else {
          let what =
            value.object.map { "a pointer to \(objects[$0].kind.name)" } ?? "0x"
            + String(value.bits, radix: 16)
          throw trap(.badInstruction, "calls \(what), which is no function")
        }
        try callHelper(helper)
      }
    }
  }

  mutating func enter(_ target: Int, for loop: OracleLoop? = nil) throws(Trap) {
    guard callers.count + 1 - floor < StackFrame.limit else {
      throw trap(.callDepth, "calls more than \(StackFrame.limit) frames deep")
    }
    callers.append(
      Caller(
        slot: loop == nil ? slot + 1 : slot,
        saved: Array(registers[6...10]),
        program: current,
        allowance: allowance,
        floor: floor,
        loop: loop
      )
    )
    for register in [0, 6, 7, 8, 9] { registers[register] = .uninitialized }
    allowance = LoopAllowance(left: current.environment.loopLimit)
    enterFrame()
    slot = target
  }

  private mutating func tailCall() throws(Trap) {
    guard try read(.r1).object == context, context != nil else {
      throw trap(.badArgument, "bpf_tail_call: argument 1 is not the context")
    }
    guard !callers.contains(where: { $0.loop != nil }) else {
      throw trap(.notAllowed, "bpf_tail_call: within a function that a helper calls back")
    }
    guard let object = try read(.r2).object, objects[object].kind == .map,
      let array = objects[object].map as? ProgramArrayMap
    else { throw trap(.badArgument, "bpf_tail_call: argument 2 is not a program array") }
    let index = UInt32(truncatingIfNeeded: try read(.r3).bits)
    guard tailCalls < tailCallLimit, let next = array.program(at: index) as? Interpreter else {
      forgetArguments()
      slot += 1
      return
    }
    tailCalls += 1
    floor = callers.count
    allowance = LoopAllowance(left: next.environment.loopLimit)
    do {
      current = try OracleInterpreter(next.program, in: next.environment, stackPolicy: code.stackPolicy)
    } catch {
      throw trap(.badInstruction, error.description)
    }
    for register in [0, 2, 3, 4, 5, 6, 7, 8, 9] { registers[register] = .uninitialized }
    slot = 0
  }

  mutating func forgetArguments() {
    for register in 1...5 { registers[register] = .uninitialized }
  }

  /// Gives back the records that the run has reserved and then forgotten.
  func discardRecords() {
    for object in objects where object.kind == .record && object.isLive {
      if let record = unsafe UnsafeMutableRawPointer(bitPattern: UInt(object.base)) {
        unsafe RingBufferMap.discard(record, flags: 0)
      }
    }
  }

  // MARK: Helpers

  private mutating func callHelper(_ helper: Helper) throws(Trap) {
    let prototype = helper.prototype
    var values = [UInt64](repeating: 0, count: 5), map: UserMap? = nil, record: Int? = nil
    for (index, kind) in prototype.arguments.enumerated() {
      let value = try read(Register(rawValue: UInt8(index + 1)) ?? .r1)
      let name = "\(prototype.name): argument \(index + 1) "
      switch kind {
      case .scalar, .size, .sizeOrZero: values[index] = value.bits
      case .context:
        guard value.object == context, context != nil else {
          throw trap(.badArgument, name + "is not the context")
        }
      case .map:
        guard let object = value.object, objects[object].kind == .map, let found = objects[object].map else {
          throw trap(.badArgument, name + "is not a map")
        }
        guard Region.Access(of: found.definition).isSuperset(of: prototype.mapAccess) else {
          throw trap(.badArgument, name + "is a map that programs may not use so")
        }
        map = found
        values[index] = value.bits
      case .ringRecord:
        guard let object = value.object, objects[object].kind == .record, objects[object].isLive,
          objects[object].base == value.bits
        else { throw trap(.badArgument, name + "is not a ring-buffer record that was reserved") }
        record = object
        values[index] = value.bits
      case .callback, .string, .stringPrefix, .readableWords, .mapValueMemory, .optionalBuffer, .stackObject,
        .kernelField:
        values[index] = try rareArgument(index, value, prototype, name)
      case .mapKey: values[index] = try memory(value, map?.definition.keySize ?? 0, .read, name)
      case .mapValue: values[index] = try memory(value, map?.definition.valueSize ?? 0, .read, name)
      case .readableFixed(let count): values[index] = try memory(value, count, .read, name)
      case .writableFixed(let count): values[index] = try memory(value, count, .write, name)
      case .mapValueOut:
        let intent: AccessIntent =
          map.map { Region.Access(of: $0.definition).contains(.read) } == true ? .write : .read
        values[index] = try memory(value, map?.definition.valueSize ?? 0, intent, name)
      case .readableMemory: values[index] = try memory(value, try size(after: index, prototype), .read, name)
      case .writableMemory: values[index] = try memory(value, try size(after: index, prototype), .write, name)
      case .readableMemoryOrNull:
        let count = try size(after: index, prototype)
        if count > 0 { values[index] = try memory(value, count, .read, name) }
      }
    }
    try finish(helper, values, map, record)
  }

  private mutating func finish(
    _ helper: Helper,
    _ values: [UInt64],
    _ map: UserMap?,
    _ record: Int?
  ) throws(Trap) {
    let block = unsafe machine.block
    unsafe block.pointee.oracle = current
    for index in 1...5 { unsafe block.pointee.registers[index] = registers[index].bits }
    unsafe block.pointee.readableRanges = helper.prototype.followsValues ? readableRanges() : []
    let result = unsafe helper.thunk(block, values[0], values[1], values[2], values[3], values[4])
    if let refusal = unsafe block.pointee.state.refusal {
      unsafe block.pointee.state.refusal = nil
      throw trap(.helper, "\(helper.prototype.name): \(refusal)")
    }
    if let loop = try pendingLoop() { return try call(back: loop) }
    let arguments = registers
    forgetArguments()
    let host = unsafe UnsafeMutableRawPointer(bitPattern: UInt(result))
    switch helper.prototype.result {
    case .integer, .callbackCount, .memoryOrNull: registers[0] = .number(result)
    case .void: registers[0] = .uninitialized
    case .mapValueOrNull:
      if let map, let object = unsafe grantValue(host, of: map) {
        registers[0] = .pointer(result, into: object)
      } else {
        registers[0] = .number(0)
      }
    case .ringRecordOrNull:
      registers[0] =
        unsafe host == nil
        ? .number(0)
        : .pointer(result, into: add(.record, at: result, byteCount: Int(truncatingIfNeeded: values[1])))
    }
    if case .memoryOrNull = helper.prototype.result { registers[0] = lent(result, values, arguments) }
    if let record { objects[record].isLive = false }
    release()
    if helper.prototype.changesPacket { readPacket() }
    slot += 1
  }

  func size(after index: Int, _ prototype: HelperPrototype) throws(Trap) -> Int {
    let value = UInt32(truncatingIfNeeded: try read(Register(rawValue: UInt8(index + 2)) ?? .r1).bits)
    guard value <= UInt32(Int32.max), value > 0 || prototype.arguments[index + 1] == .sizeOrZero else {
      throw trap(.badArgument, "\(prototype.name): argument \(index + 1) has a size of zero or beyond 2 GiB")
    }
    return Int(value)
  }

  mutating func memory(
    _ value: OracleValue,
    _ count: Int,
    _ intent: AccessIntent,
    _ name: String
  ) throws(Trap) -> UInt64 {
    let (_, object, offset) = unsafe try check(value, count, intent, in: name)
    if objects[object].kind == .stack, count > 0 {
      if intent == .read { try requireWritten(object, offset..<offset + count, name + "reads") }
      if intent == .write { markWritten(object, offset..<offset + count) }
    }
    return value.bits
  }
}
