import BPF

/// A helper as a call step needs it: what to check, what to call, what to make of the answer.
@unsafe struct HelperCall {
  var id: UInt32
  var thunk: HelperThunk
  var arguments: [5 of HelperPrototype.Argument]
  var argumentCount: Int
  var result: HelperPrototype.Result
  var changesPacket: Bool
  var name: String
  /// What the map argument must allow.
  var mapAccess: Region.Access

  init(_ helper: Helper) {
    let prototype = helper.prototype
    unsafe id = prototype.id
    unsafe thunk = helper.thunk
    unsafe arguments = [5 of HelperPrototype.Argument](repeating: .scalar)
    for (index, argument) in prototype.arguments.enumerated() { unsafe arguments[index] = argument }
    unsafe argumentCount = prototype.arguments.count
    unsafe result = prototype.result
    unsafe changesPacket = prototype.changesPacket
    unsafe name = prototype.name
    unsafe mapAccess = prototype.mapAccess
  }
}

/// The arguments of one call as the helper gets them: pointers turned into host addresses.
struct HelperArguments {
  var values = [5 of UInt64](repeating: 0)
  /// The map argument's region, for the sizes of keys and values.
  var map = Region.none
  /// The tag of a record that the call takes back.
  var record: UInt64 = 0
  /// False once an argument was refused; the machine then holds the trap.
  var areGood = true
  /// How many bytes the helper may go over: what it is charged for.
  var byteCount: Int64 = 0

  /// Checks `r1`–`r5` against the prototype.
  @inline(__always) mutating func check(
    _ call: UnsafePointer<HelperCall>,
    at step: UnsafeRawPointer,
    _ machine: UnsafeMutableRawPointer
  ) {
    let state = unsafe machine.state
    for index in unsafe 0..<call.pointee.argumentCount {
      let value = unsafe state.pointee.registers[unchecked: index + 1]
      switch unsafe call.pointee.arguments[unchecked: index] {
      case .scalar, .size, .sizeOrZero: values[index] = value
      case .context:
        guard unsafe value == state.pointee.contextPointer else {
          return unsafe refuse(index, "is not the context", call, step, machine)
        }
      case .map:
        map = unsafe state.pointee.regions[Int(value &>> Tag.shift)]
        guard map.kind == .map, map.start == value else {
          return unsafe refuse(index, "is not a map", call, step, machine)
        }
        guard map.access.isSuperset(of: unsafe call.pointee.mapAccess) else {
          return unsafe refuse(index, "is a map that programs may not use so", call, step, machine)
        }
        values[index] = value & Tag.addressMask
      case .mapKey: unsafe take(index, value, Int64(map.keySize), .read, call, step, machine)
      case .mapValue: unsafe take(index, value, Int64(map.valueSize), .read, call, step, machine)
      case .mapValueOut:
        let intent: AccessIntent = map.access.contains(.read) ? .write : .read
        unsafe take(index, value, Int64(map.valueSize), intent, call, step, machine)
      case .readableMemory:
        unsafe take(index, value, size(after: index, call, state), .read, call, step, machine)
      case .writableMemory:
        unsafe take(index, value, size(after: index, call, state), .write, call, step, machine)
      case .readableMemoryOrNull:
        let size = unsafe size(after: index, call, state)
        if size != 0 { unsafe take(index, value, size, .read, call, step, machine) }
      case .readableFixed(let count): unsafe take(index, value, Int64(count), .read, call, step, machine)
      case .writableFixed(let count): unsafe take(index, value, Int64(count), .write, call, step, machine)
      case .ringRecord:
        let region = unsafe state.pointee.regions[Int(value &>> Tag.shift)]
        guard region.kind == .record, region.start == value else {
          return unsafe refuse(index, "is not a ring-buffer record that was reserved", call, step, machine)
        }
        record = value &>> Tag.shift
        values[index] = value & Tag.addressMask
      case .callback, .string, .stringPrefix, .readableWords, .mapValueMemory, .optionalBuffer,
        .stackObject, .kernelField:
        unsafe takeRare(index, value, call, step, machine)
      }
      if !areGood { return }
    }
  }

  /// The size that the next register gives, below zero if the prototype does not allow it.
  @inline(__always) func size(
    after index: Int,
    _ call: UnsafePointer<HelperCall>,
    _ state: StatePointer
  ) -> Int64 {
    let value = unsafe UInt32(truncatingIfNeeded: state.pointee.registers[unchecked: index + 2])
    let allowsZero = unsafe call.pointee.arguments[unchecked: index + 1] == .sizeOrZero
    guard value > 0 || allowsZero else { return -1 }
    return value > UInt32(Int32.max) ? -1 : Int64(value)
  }

  @inline(__always) mutating func take(
    _ index: Int,
    _ pointer: UInt64,
    _ count: Int64,
    _ intent: AccessIntent,
    _ call: UnsafePointer<HelperCall>,
    _ step: UnsafeRawPointer,
    _ machine: UnsafeMutableRawPointer
  ) {
    let state = unsafe machine.state
    let host = unsafe intent == .read ? readable(pointer, count, state) : writable(pointer, count, state)
    guard count >= 0, let host = unsafe host else {
      return unsafe refuseMemory(index, pointer, count, intent, call, step, machine)
    }
    values[index] = UInt64(UInt(bitPattern: host))
    byteCount &+= count
  }

  @inline(never) mutating func refuse(
    _ index: Int,
    _ why: String,
    _ call: UnsafePointer<HelperCall>,
    _ step: UnsafeRawPointer,
    _ machine: UnsafeMutableRawPointer
  ) {
    areGood = false
    _ = unsafe stop(.badArgument, "\(call.pointee.name): argument \(index + 1) \(why)", step, machine)
  }

  @inline(never) private mutating func refuseMemory(
    _ index: Int,
    _ pointer: UInt64,
    _ count: Int64,
    _ intent: AccessIntent,
    _ call: UnsafePointer<HelperCall>,
    _ step: UnsafeRawPointer,
    _ machine: UnsafeMutableRawPointer
  ) {
    guard count >= 0 else {
      return unsafe refuse(index, "has a size of zero or beyond 2 GiB", call, step, machine)
    }
    areGood = false
    let (kind, why) = unsafe describeAccess(pointer, Int(count), intent, machine.state)
    _ = unsafe stop(kind, "\(call.pointee.name): argument \(index + 1) \(why)", step, machine)
  }
}
