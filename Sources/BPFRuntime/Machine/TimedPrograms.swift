import BPF
import BPFMaps

// How each interpreter calls a timer's function. There is no packet and no context then: what a helper asks the hook for
// is refused. The invariant: a timer's value belongs to its map, and its key is lent as long as the call.

extension Interpreter: TimedProgram {
  func run(_ function: Int, of timer: TimerTable.Timer, on machine: Machine) -> Trap? {
    let value = unsafe UnsafeMutableRawPointer(bitPattern: UInt(timer.value))
    guard let value = unsafe value, let key = unsafe timer.map.key(ofElement: value) else { return nil }
    let hook = unsafe machine.state.hook
    unsafe machine.state.hook = nil
    defer { unsafe machine.state.hook = hook }
    return unsafe key.withUnsafeBytes { key in
      unsafe call(function, with: timer.map, UInt64(UInt(bitPattern: key.baseAddress)), value, on: machine)
        ? nil : trap(of: machine)
    }
  }
}

extension OracleInterpreter: TimedProgram {
  func run(_ function: Int, of timer: TimerTable.Timer, on machine: Machine) -> Trap? {
    let value = unsafe UnsafeMutableRawPointer(bitPattern: UInt(timer.value))
    guard let value = unsafe value, let key = unsafe timer.map.key(ofElement: value) else { return nil }
    let hook = unsafe machine.state.hook
    unsafe machine.state.hook = nil
    defer { unsafe machine.state.hook = hook }
    return unsafe key.withUnsafeBytes { key in
      var run = OracleRun(self, machine)
      unsafe run.enter(function, with: timer.map, UInt64(UInt(bitPattern: key.baseAddress)), value)
      if case .trapped(let trap) = run.finish() { return trap }
      return nil
    }
  }
}

extension OracleRun {
  /// Starts in a function with the map, the key and the value of an element.
  fileprivate mutating func enter(
    _ function: Int,
    with map: UserMap,
    _ key: UInt64,
    _ value: UnsafeMutableRawPointer
  ) {
    let object = unsafe add(
      .map,
      at: UInt64(UInt(bitPattern: Unmanaged.passUnretained(map).toOpaque())),
      byteCount: 0
    )
    objects[object].map = map
    registers[1] = .pointer(objects[object].base, into: object)
    let keyObject = add(.slice, at: key, byteCount: map.definition.keySize, access: .read)
    registers[2] = .pointer(key, into: keyObject)
    if let valueObject = unsafe grantValue(value, of: map) {
      registers[3] = .pointer(objects[valueObject].base, into: valueObject)
    }
    enterFrame()
    slot = function
  }
}
