import BPF

// Sockets and the kernel's objects, and what global functions are given.

extension Transfer {
  /// Fields of `struct bpf_sock` and its kin that programs may load: each by its offset and size.
  func readSocket(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ count: Int,
    _ register: Register,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    let place = offset + Int64(pointer.offset)
    let size: Int64 =
      switch pointer.kind {
      case .xdpSocket: 4
      case .tcpSocket: 112
      default: 80
      }
    // All fields have four bytes, but the two long counters of a TCP socket.
    let isLong = pointer.kind == .tcpSocket && (place == 80 || place == 88)
    let fits =
      pointer.kind == .tcpSocket || pointer.kind == .xdpSocket ? count == (isLong ? 8 : 4) : count <= 4
    // Type, protocol, mark and priority are of full sockets only.
    let isOfFullSocket = pointer.kind == .socketCommon && (8..<24).contains(place)
    guard pointer.scalar.constant == 0, place >= 0, place + Int64(count) <= size, !isOfFullSocket,
      place % Int64(count) == 0, fits
    else {
      throw Violation(
        .memoryBounds,
        "a socket has no field of \(count) bytes at offset \(place)",
        at: slot,
        register: register
      )
    }
    return .unknown
  }

  /// A load through a pointer to an object of the kernel's.
  func readObject(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) -> RegisterState {
    throw Violation(
      .unsupported,
      "loads from \(pointer.words) are not modelled",
      at: slot,
      register: register
    )
  }

  func writeObject(
    _ pointer: RegisterState,
    _ offset: Int64,
    _ size: Size,
    _ register: Register,
    _ state: MachineState,
    _ slot: Int
  ) throws(Violation) {
    throw readOnly(pointer, register, slot)
  }

  /// The address of something of the kernel's: of a weak function that is not there it is null.
  func kernelVariable(_ slot: Int) -> RegisterState {
    guard let extern = program.externs.first(where: { $0.slots.contains(slot) }) else {
      return RegisterState(.object, .untrusted)
    }
    if extern.kind == .function, environment.functions[extern.name] != nil {
      return RegisterState(.object, .trusted)
    }
    return extern.isWeak ? .constant(0) : RegisterState(.object, .untrusted)
  }
}
