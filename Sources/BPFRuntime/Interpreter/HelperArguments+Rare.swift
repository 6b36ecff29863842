import BPF
import BPFMaps

// The arguments that few helpers take.

extension HelperArguments {
  /// Checks one of them.
  @inline(never) mutating func takeRare(
    _ index: Int,
    _ value: UInt64,
    _ call: UnsafePointer<HelperCall>,
    _ step: UnsafeRawPointer,
    _ machine: UnsafeMutableRawPointer
  ) {
    let state = unsafe machine.state
    let argument = unsafe call.pointee.arguments[index]
    switch argument {
    case .callback:
      let owner = unsafe state.pointee.code.pointee.owner.takeUnretainedValue()
      let slot = Int(truncatingIfNeeded: (value & Tag.addressMask) / 8)
      guard value &>> Tag.shift == Tag.function, value % 8 == 0, owner.isFunction(at: slot) else {
        return unsafe refuse(index, "is not a function of the program", call, step, machine)
      }
      values[index] = UInt64(slot)
    case .string, .stringPrefix:
      // Kernel functions have an error for no text; helpers cannot be given it.
      if unsafe value == 0 && call.pointee.id == 0 { return }
      let limit =
        unsafe argument == .string ? Int.max : Int(clamping: state.pointee.registers[index + 2])
      guard let count = unsafe state.textLength(at: value, limit: limit) else {
        return unsafe refuse(index, "is not text that ends with a NUL in its object", call, step, machine)
      }
      values[index] = value & Tag.addressMask
      byteCount &+= Int64(count)
    case .readableWords:
      let count = unsafe Int64(UInt32(truncatingIfNeeded: state.pointee.registers[index + 2]))
      if value == 0 || count == 0 || count > Int64(BitWords.limit) { return }
      unsafe take(index, value, count * 8, .read, call, step, machine)
    case .mapValueMemory:
      guard unsafe state.pointee.regions[Int(value &>> Tag.shift)].kind == .mapValue else {
        return unsafe refuse(index, "is not in a map's value", call, step, machine)
      }
      unsafe take(index, value, size(after: index, call, state), .write, call, step, machine)
    case .optionalBuffer:
      if value != 0 {
        unsafe take(index, value, size(after: index, call, state), .write, call, step, machine)
      }
    case .stackObject(let count):
      let kind = unsafe state.pointee.regions[Int(value &>> Tag.shift)].kind
      guard kind == .stack, value % 8 == 0 else {
        return unsafe refuse(index, "is not an aligned place in a stack frame", call, step, machine)
      }
      unsafe take(index, value, Int64(count), .write, call, step, machine)
    case .kernelField(let kind):
      guard unsafe state.isField(kind, at: value) else {
        return unsafe refuse(
          index,
          "is not a struct \(kind.typeName) in a map's value",
          call,
          step,
          machine
        )
      }
      values[index] = value & Tag.addressMask
    default: preconditionFailure("an argument that is not rare")
    }
  }
}

/// What an iterator over bits may be given.
enum BitWords {
  /// The most words (`BITS_ITER_NR_WORDS_MAX`).
  static let limit = 511
}

extension UnsafeMutablePointer<MachineState> {
  /// Bytes before the NUL of a text, or `limit` if there is none within; nil where the text leaves its object.
  func textLength(at pointer: UInt64, limit: Int) -> Int? {
    var count = 0
    while count < limit {
      guard let host = unsafe readable(pointer &+ UInt64(count), 1, self) else { return nil }
      if unsafe host.load(as: UInt8.self) == 0 { return count }
      count += 1
    }
    return count
  }

  /// Whether a pointer is exactly to a field of this kind in a map's value.
  func isField(_ kind: KernelField.Kind, at pointer: UInt64) -> Bool {
    let region = unsafe pointee.regions[Int(pointer &>> Tag.shift)]
    guard region.kind == .mapValue else { return false }
    let map = unsafe pointee.regions[Int(region.owner)]
    guard map.kind == .map,
      let address = unsafe UnsafeRawPointer(bitPattern: UInt(map.start & Tag.addressMask))
    else { return false }
    let offset = Int(Int64(bitPattern: pointer &- region.start))
    return unsafe Unmanaged<UserMap>.fromOpaque(address)._withUnsafeGuaranteedRef {
      $0.definition.fields.contains(KernelField(kind, at: offset))
    }
  }
}
