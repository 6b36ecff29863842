import BPF

/// Helpers that put values into text: `bpf_trace_printk`, `bpf_trace_vprintk`, `bpf_snprintf`.
///
/// The invariant of every thunk: its first argument is the address of the worker's `MachineState`, and pointers are good
/// for what the prototype says.
enum PrintHelpers {
  static let all: [Helper] = [print, printValues, format]

  /// The most bytes of values (`MAX_BPRINTF_VARARGS` words).
  private static let limit: UInt32 = 12 * 8

  static let print = unsafe Helper(
    HelperPrototype(
      6,
      "bpf_trace_printk",
      [.readableMemory, .size, .scalar, .scalar, .scalar],
      .integer,
      isGPLOnly: true
    )
  ) { state, format, size, a, b, c in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    return unsafe machine.print(format, size, [a, b, c])
  }

  static let printValues = unsafe Helper(
    HelperPrototype(
      177,
      "bpf_trace_vprintk",
      [.readableMemory, .size, .readableMemoryOrNull, .sizeOrZero],
      .integer,
      isGPLOnly: true
    )
  ) { state, format, size, values, byteCount, _ in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard let values = words(values, byteCount) else { return LinuxErrno.invalid.negated }
    return unsafe machine.print(format, size, values)
  }

  static let format = unsafe Helper(
    HelperPrototype(
      165,
      "bpf_snprintf",
      [.optionalBuffer, .sizeOrZero, .string, .readableMemoryOrNull, .sizeOrZero],
      .integer,
      isGPLOnly: true
    )
  ) { state, target, size, format, values, byteCount in
    let machine = unsafe state.assumingMemoryBound(to: MachineState.self)
    guard let values = words(values, byteCount) else { return LinuxErrno.invalid.negated }
    let text = unsafe UnsafeRawPointer(pointer(format)).assumingMemoryBound(to: CChar.self)
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: text, count: length(text) + 1))
    guard let format = PrintFormat(bytes), format.argumentCount <= values.count else {
      return LinuxErrno.invalid.negated
    }
    let line = unsafe format.render(values, machine)
    let room = Int(UInt32(truncatingIfNeeded: size))
    if target != 0, room > 0 {
      let target = unsafe UnsafeMutableRawPointer(mutating: pointer(target))
      let count = min(line.count, room - 1)
      unsafe line.withUnsafeBytes {
        if let base = $0.baseAddress { unsafe target.copyMemory(from: base, byteCount: count) }
      }
      unsafe target.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
    }
    return UInt64(line.count + 1)
  }

  /// The 8-byte words of an argument, nil where they are none or too many.
  private static func words(_ address: UInt64, _ byteCount: UInt64) -> [UInt64]? {
    let byteCount = UInt32(truncatingIfNeeded: byteCount)
    guard byteCount % 8 == 0, byteCount <= limit else { return nil }
    return (0..<Int(byteCount) / 8).map {
      unsafe pointer(address).loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)
    }
  }

  private static func length(_ text: UnsafePointer<CChar>) -> Int {
    var count = 0
    while unsafe text[count] != 0 { count += 1 }
    return count
  }
}

extension UnsafeMutablePointer<MachineState> {
  /// Prints a line: its length, or `EINVAL` for a format that is not one.
  fileprivate func print(_ format: UInt64, _ size: UInt64, _ values: [UInt64]) -> UInt64 {
    let count = Int(UInt32(truncatingIfNeeded: size))
    let bytes = unsafe Array(UnsafeRawBufferPointer(start: BPFRuntime.pointer(format), count: count))
    guard let format = PrintFormat(bytes), format.argumentCount <= values.count else {
      return LinuxErrno.invalid.negated
    }
    let line = unsafe format.render(values, self)
    unsafe pointee.state.print?(String(decoding: line, as: UTF8.self))
    return UInt64(line.count)
  }

  /// The host memory of so many bytes that a value of the program points to, nil where it may not read them.
  func memory(at address: UInt64, _ byteCount: Int) -> UnsafeRawPointer? {
    if let host = unsafe pointee.compiledHost {
      return unsafe host.takeUnretainedValue().mayRead(address, byteCount, self)
        ? UnsafeRawPointer(bitPattern: UInt(address)) : nil
    }
    let ranges = unsafe pointee.readableRanges
    if ranges.isEmpty {
      return unsafe readable(address, Int64(byteCount), self).map { UnsafeRawPointer($0) }
    }
    let end = address.addingReportingOverflow(UInt64(byteCount))
    guard !end.overflow,
      ranges.contains(where: { $0.lowerBound <= address && end.partialValue <= $0.upperBound })
    else { return nil }
    return unsafe UnsafeRawPointer(bitPattern: UInt(address))
  }

  /// The text that a value of the program points to, up to its NUL or `limit` bytes; nil where it may not be read.
  func text(at address: UInt64, limit: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    while bytes.count < limit {
      guard let host = unsafe memory(at: address &+ UInt64(bytes.count), 1) else { return nil }
      let byte = unsafe host.load(as: UInt8.self)
      if byte == 0 { break }
      bytes.append(byte)
    }
    return bytes
  }
}
