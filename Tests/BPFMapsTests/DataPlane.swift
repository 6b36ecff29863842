import BPF
import BPFMaps

/// What programs do with a map: the pointer methods behind byte arrays.
///
/// Unsafe: the arrays have the sizes of the map's keys and values; values outlive their use here, for the tests hold the
/// map.
extension UserMap {
  /// The address of the value that a program on this CPU finds, looked up as machine code does where it can.
  func address(_ key: [UInt8], cpu: Int = 0) -> UInt? {
    guard let lookup = directLookup else { return helperAddress(key, cpu: cpu) }
    precondition(key.count == definition.keySize)
    return unsafe key.withUnsafeBytes { unsafe lookup.address($0.baseAddress!, cpu: cpu) }
  }

  /// The address of the value that the helper finds.
  func helperAddress(_ key: [UInt8], cpu: Int = 0) -> UInt? {
    precondition(key.count == definition.keySize)
    return unsafe key.withUnsafeBytes { key in
      unsafe element(key.baseAddress!, cpu: cpu).map { UInt(bitPattern: $0) }
    }
  }

  /// The value that a program on this CPU finds.
  func programLookup(_ key: [UInt8], cpu: Int = 0) -> [UInt8]? {
    address(key, cpu: cpu).map { value(at: $0) }
  }

  /// What a program's pointer shows.
  func value(at address: UInt) -> [UInt8] {
    unsafe Array(
      UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: address)!, count: definition.valueSize)
    )
  }

  /// `bpf_map_update_elem`: 0 or a negative error number.
  func programUpdate(_ key: [UInt8], _ value: [UInt8], flags: UInt64 = 0, cpu: Int = 0) -> Int32 {
    precondition(key.count == definition.keySize && value.count == definition.valueSize)
    return unsafe key.withUnsafeBytes { key in
      unsafe value.withUnsafeBytes { value in
        unsafe store(key.baseAddress!, value.baseAddress!, flags: flags, cpu: cpu)
      }
    }
  }

  /// `bpf_map_delete_elem`: 0 or a negative error number.
  func programDelete(_ key: [UInt8]) -> Int32 {
    precondition(key.count == definition.keySize)
    return unsafe key.withUnsafeBytes { unsafe remove($0.baseAddress!, cpu: 0) }
  }
}

extension UserMap {
  /// `bpf_map_push_elem`: 0 or a negative error number.
  func programPush(_ value: [UInt8], flags: UInt64 = 0) -> Int32 {
    precondition(value.count == definition.valueSize)
    return unsafe value.withUnsafeBytes { unsafe push($0.baseAddress!, flags: flags) }
  }

  /// `bpf_map_pop_elem`: the value, nil where there is none.
  func programPop() -> [UInt8]? {
    var value = [UInt8](repeating: 0, count: definition.valueSize)
    return unsafe value.withUnsafeMutableBytes { unsafe pop(into: $0.baseAddress!) } == 0 ? value : nil
  }

  /// `bpf_map_peek_elem` of a bloom filter.
  func programContains(_ value: [UInt8]) -> Bool {
    precondition(value.count == definition.valueSize)
    var value = value
    return unsafe value.withUnsafeMutableBytes { unsafe peek(into: $0.baseAddress!) } == 0
  }

  /// The map that a program finds in a map of maps; its caller is in a batch.
  func innerMap(at key: [UInt8]) -> UserMap? {
    precondition(key.count == definition.keySize && !definition.inner.isEmpty)
    return unsafe key.withUnsafeBytes { key in
      unsafe element(key.baseAddress!, cpu: 0).map {
        unsafe Unmanaged<UserMap>.fromOpaque($0).takeUnretainedValue()
      }
    }
  }
}

extension RingBufferMap {
  /// `bpf_ringbuf_output`.
  func programOutput(_ bytes: [UInt8], flags: UInt64 = 0) -> Int32 {
    unsafe bytes.withUnsafeBytes { unsafe output($0, flags: flags) }
  }

  /// `bpf_ringbuf_reserve`, with what to fill the record with; its address.
  func programReserve(_ byteCount: UInt64, fill: UInt8 = 0, flags: UInt64 = 0) -> UInt? {
    guard let record = unsafe reserve(byteCount, flags: flags) else { return nil }
    unsafe UnsafeMutableRawBufferPointer(start: record, count: Int(byteCount))
      .initializeMemory(as: UInt8.self, repeating: fill)
    return UInt(bitPattern: record)
  }

  /// `bpf_ringbuf_submit`.
  static func programSubmit(_ record: UInt) {
    unsafe submit(UnsafeMutableRawPointer(bitPattern: record)!, flags: 0)
  }

  /// `bpf_ringbuf_discard`.
  static func programDiscard(_ record: UInt) {
    unsafe discard(UnsafeMutableRawPointer(bitPattern: record)!, flags: 0)
  }
}

extension DirectLookup {
  /// What machine code makes of it.
  @unsafe func address(_ key: UnsafeRawPointer, cpu: Int) -> UInt? {
    guard cpuStride == 0 || (0..<cpuCount).contains(cpu) else { return nil }
    let first: UInt64
    switch place {
    case .array(let base, let stride, let count):
      let index = unsafe key.loadUnaligned(as: UInt32.self)
      guard index < count else { return nil }
      first = base + UInt64(index) * UInt64(stride)
    case .function(let address, let object):
      let function = unsafe unsafeBitCast(UInt(address), to: Function.self)
      let state = unsafe UnsafeMutableRawPointer(bitPattern: 8)!
      first = unsafe function(state, object, UInt64(UInt(bitPattern: key)))
    }
    return first == 0 ? nil : UInt(first) + UInt(cpu * cpuStride)
  }
}
