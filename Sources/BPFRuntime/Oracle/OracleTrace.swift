import BPF
import BPFMaps

// What an observer is told of each instruction. The invariant: memory is read only inside objects that `peek` found
// alive, and only as much as they have.

/// What a run that is watched remembers beside its state.
struct OracleTrace {
  /// Instructions so far.
  var count: UInt64 = 0
  /// Of map values and records by object: whose they are.
  var origins: [Int: (map: TraceMap, key: [UInt8]?)] = [:]
}

extension OracleRun {
  /// Runs one instruction and tells the observer about it.
  mutating func perform(
    _ instruction: Instruction,
    watchedBy observer: any RunObserver
  ) throws(Trap) -> Bool {
    let before = registers
    var step = TraceStep(
      number: trace.count,
      code: current,
      slot: slot,
      depth: callers.count,
      instruction: instruction
    )
    trace.count += 1
    step.stackPointer = registers[10].bits
    step.inputs = instruction.readRegisters.map {
      TraceStep.Input(register: $0, value: traced(registers[Int($0.rawValue)]))
    }
    let access = beginAccess(instruction)
    let call = beginCall(instruction)
    do throws(Trap) {
      let goesOn = try perform(instruction)
      if let register = instruction.writtenRegister {
        step.change = change(of: register, from: before)
      }
      step.effect = effect(of: step, access, call, goesOn: goesOn)
      if case .call = step.effect { step.change = change(of: .r0, from: before) }
      observer.observe(step)
      return goesOn
    } catch {
      // A trap inside a function that a helper called back has been told already.
      step.effect = .trap(error)
      observer.observe(step)
      throw error
    }
  }

  private func change(of register: Register, from before: [OracleValue]) -> TraceStep.RegisterChange {
    let index = Int(register.rawValue)
    return TraceStep.RegisterChange(
      register: register,
      old: traced(before[index]),
      new: traced(registers[index])
    )
  }

  private mutating func effect(
    of step: TraceStep,
    _ access: PendingAccess?,
    _ call: PendingCall?,
    goesOn: Bool
  ) -> TraceStep.Effect {
    switch step.instruction {
    case .branch, .mayGoto: return .branch(taken: slot != step.slot + 1)
    case .exit:
      if !goesOn { return .end(step.input(.r0) ?? TraceValue(bits: 0)) }
      return .leave(function: step.function)
    case .call(.helper(12)):
      return .tailCall(program: current === step.code ? nil : current.program.name)
    case .loadImmediate(let register, .mapValue(let index, _)):
      if let object = registers[Int(register.rawValue)].object {
        let map = current.environment.maps[Int(index)]
        trace.origins[object] = (TraceMap(map), [UInt8](repeating: 0, count: map.definition.keySize))
      }
      return .none
    case .call where callers.count > step.depth:
      return .enter(function: current.program.functions.last { $0.slot <= slot }?.name ?? "")
    case .call: return call.map { .call(end($0)) } ?? .none
    default:
      return access.map { .memory(end($0, writes: step.instruction.writesMemory)) } ?? .none
    }
  }

  // MARK: Memory

  /// Memory that an instruction is about to touch.
  private struct PendingAccess {
    var access: TraceAccess
    var pointer: OracleValue
  }

  private func beginAccess(_ instruction: Instruction) -> PendingAccess? {
    guard let (address, byteCount) = instruction.memoryAccess else { return nil }
    var pointer = registers[Int(address.base.rawValue)]
    pointer.bits &+= UInt64(bitPattern: Int64(address.offset))
    guard let place = traced(pointer)?.place else { return nil }
    var access = TraceAccess(
      place: place,
      address: pointer.bits,
      byteCount: byteCount,
      old: peek(pointer, byteCount) ?? []
    )
    if instruction.writesMemory, case .mapValue(let map, let key, let offset) = place,
      let value = wholeValue(of: map, pointer, offset)
    {
      access.mapChange = MapChange(map: map, key: key, old: value, new: nil)
    }
    return PendingAccess(access: access, pointer: pointer)
  }

  private func end(_ pending: PendingAccess, writes: Bool) -> TraceAccess {
    var access = pending.access
    guard writes else { return access }
    access.new = peek(pending.pointer, access.byteCount)
    if case .mapValue(let map, _, let offset) = access.place {
      access.mapChange?.new = wholeValue(of: map, pending.pointer, offset)
    }
    return access
  }

  /// The value that a pointer lies `offset` bytes within; nil for one too large to be shown at every store.
  private func wholeValue(of map: TraceMap, _ pointer: OracleValue, _ offset: Int) -> [UInt8]? {
    var start = pointer
    start.bits &-= UInt64(bitPattern: Int64(offset))
    let byteCount = map.map.definition.valueSize
    return byteCount <= 4096 ? peek(start, byteCount) : nil
  }

  /// The bytes that a pointer points to, or nil where it may not be read.
  func peek(_ pointer: OracleValue, _ byteCount: Int) -> [UInt8]? {
    guard let index = pointer.object, byteCount >= 0 else { return nil }
    let object = objects[index], offset = Int64(bitPattern: pointer.bits &- object.base)
    switch object.kind {
    case .stack, .memory, .packet, .mapValue, .record, .slice: break
    default: return nil
    }
    guard object.isLive, offset >= 0, offset <= Int64(object.byteCount - byteCount),
      let start = unsafe UnsafeRawPointer(bitPattern: UInt(pointer.bits))
    else { return nil }
    return unsafe Array(UnsafeRawBufferPointer(start: start, count: byteCount))
  }

  /// A value as observers see it; nil for a register that was never written.
  private func traced(_ value: OracleValue) -> TraceValue? {
    guard value.isInitialized else { return nil }
    guard let index = value.object else { return TraceValue(bits: value.bits) }
    let object = objects[index], offset = Int(truncatingIfNeeded: value.bits &- object.base)
    let place: TracePlace =
      switch object.kind {
      case .stack where object.isLive:
        .stack(frame: frame(of: object), offset - StackFrame.byteCount)
      case .packet where index == metadata: .metadata(offset)
      case .packet where index == packet: .packet(offset, length: object.byteCount)
      case .context: .context(offset)
      case .memory: .memory(offset)
      case .slice where object.isLive: .memory(offset)
      case .mapValue:
        trace.origins[index].map { .mapValue($0.map, key: $0.key, offset) } ?? .gone("a map value")
      case .record where object.isLive: .record(trace.origins[index]?.map, offset)
      case .map: object.map.map { .map(TraceMap($0)) } ?? .gone("a map")
      case .function: .function(slot: Int(value.bits / 8))
      default: .gone(object.kind.name)
      }
    return TraceValue(bits: value.bits, place: place)
  }

  private func frame(of object: OracleObject) -> Int {
    let base = unsafe UInt64(UInt(bitPattern: machine.block.pointee.stack))
    return Int(truncatingIfNeeded: object.base &- base) / StackFrame.byteCount
  }

  // MARK: Calls

  /// A call of a helper or kernel function that is under way.
  private struct PendingCall {
    var call: TraceCall
    /// Pointers of the arguments that may be written through.
    var pointers: [OracleValue]
    var packet: PacketSnapshot?
  }

  private func beginCall(_ instruction: Instruction) -> PendingCall? {
    guard case .call(let target) = instruction else { return nil }
    var call: TraceCall
    var prototype: HelperPrototype?
    switch target {
    case .helper(let id):
      prototype = current.environment.helpers[id]?.prototype
      call = TraceCall(name: prototype?.name ?? HelperNames.name(of: id) ?? "helper \(id)", helper: id)
    case .kernelFunction(let id, _):
      let name = current.externs[slot]?.name ?? "kernel function \(id)"
      prototype = current.environment.helpers[function: name]?.prototype
      call = TraceCall(name: name, helper: nil)
    case .register(let register):
      let value = registers[Int(register.rawValue)]
      guard value.object == nil, let id = UInt32(exactly: value.bits) else { return nil }
      prototype = current.environment.helpers[id]?.prototype
      call = TraceCall(name: prototype?.name ?? "helper \(id)", helper: id)
    case .local: return nil
    }
    let kinds =
      prototype?.arguments.map(Optional.some) ?? [HelperPrototype.Argument?](repeating: nil, count: 5)
    var pointers: [OracleValue] = []
    for (index, kind) in kinds.enumerated().prefix(5) {
      let register = Register.allCases[index + 1], value = registers[index + 1]
      if kind == nil, !value.isInitialized { break }
      var argument = TraceCall.Argument(register: register, kind: kind, value: traced(value))
      if let byteCount = byteCount(of: index, kinds, call) { argument.bytes = peek(value, byteCount) }
      pointers.append(value)
      call.arguments.append(argument)
    }
    if let map = call.map, let key = call.argument(.mapKey)?.bytes {
      call.mapChange = MapChange(map: map, key: key, old: value(of: map, key), new: nil)
    }
    return PendingCall(call: call, pointers: pointers, packet: packetSnapshot)
  }

  /// How many bytes a memory argument stands for, where that is known.
  private func byteCount(
    of index: Int,
    _ kinds: [HelperPrototype.Argument?],
    _ call: TraceCall
  ) -> Int? {
    switch kinds[index] {
    case .mapKey?: return call.map?.map.definition.keySize
    case .mapValue?, .mapValueOut?: return call.map?.map.definition.valueSize
    case .writableFixed(let count)?, .readableFixed(let count)?, .stackObject(let count)?: return count
    default:
      guard index + 1 < kinds.count, [.size, .sizeOrZero].contains(kinds[index + 1]) else { return nil }
      return Int(UInt32(truncatingIfNeeded: registers[index + 2].bits))
    }
  }

  private mutating func end(_ pending: PendingCall) -> TraceCall {
    var call = pending.call
    for index in call.arguments.indices {
      guard let old = call.arguments[index].bytes else { continue }
      let new = peek(pending.pointers[index], old.count)
      if new != old { call.arguments[index].written = new }
    }
    if let change = call.mapChange, let key = change.key {
      let new = value(of: change.map, key)
      call.mapChange =
        new == change.old ? nil : MapChange(map: change.map, key: key, old: change.old, new: new)
    }
    let result = registers[0]
    if let object = result.object, let map = call.map, [.mapValue, .record].contains(objects[object].kind) {
      trace.origins[object] = (map, call.argument(.mapKey)?.bytes)
    }
    call.result = traced(result)
    if let old = pending.packet, let new = packetSnapshot {
      call.packetMove = old.move(to: new)
      if call.packetMove == nil { call.packetWrite = old.write(to: new) }
    }
    return call
  }

  /// The value under a key for this CPU, without counting as a use of it.
  private func value(of map: TraceMap, _ key: [UInt8]) -> [UInt8]? {
    guard let value = try? map.map.lookup(key) else { return nil }
    guard map.map.definition.type.isPerCPU else { return value }
    let size = map.map.definition.valueSize, stride = (size + 7) & ~7
    let start = unsafe machine.block.pointee.state.cpu * stride
    return start + size <= value.count ? Array(value[start..<start + size]) : nil
  }
}
