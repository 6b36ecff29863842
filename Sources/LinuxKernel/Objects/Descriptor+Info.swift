import BPF

/// What the kernel tells of the object behind a descriptor (`BPF_OBJ_GET_INFO_BY_FD`).
extension Descriptor {
  /// The first bytes of the object's description; what this kernel knows nothing of is zero.
  func info(_ byteCount: Int) throws(KernelError) -> [UInt8] {
    var call = BPFCall()
    call.set(UInt32(byteCount), at: 4)
    let buffer = call.point(toZeroes: byteCount, from: 8)
    try ask(&call)
    return call.buffer(buffer)
  }

  /// Bytes that the kernel copies out: their number and their address stand at places in the description.
  func bytes(
    _ count: Int,
    countAt: Int,
    bytesAt: Int,
    of byteCount: Int
  ) throws(KernelError) -> [UInt8] {
    var call = BPFCall()
    call.set(UInt32(byteCount), at: 4)
    let description = call.point(toZeroes: byteCount, from: 8)
    let copy = call.point(toZeroes: count, in: description, at: bytesAt)
    call.set(UInt32(count), in: description, at: countAt)
    try ask(&call)
    return call.buffer(copy, prefix: min(count, Int(call.buffer(description).word(at: countAt))))
  }

  /// A list that the kernel copies out: its length and its address stand at places in the description.
  func words(
    _ count: Int,
    countAt: Int,
    listAt: Int,
    of byteCount: Int
  ) throws(KernelError) -> [UInt32] {
    var call = BPFCall()
    call.set(UInt32(byteCount), at: 4)
    let description = call.point(toZeroes: byteCount, from: 8)
    let list = call.point(toZeroes: 4 * count, in: description, at: listAt)
    call.set(UInt32(count), in: description, at: countAt)
    try ask(&call)
    let found = min(count, Int(call.buffer(description).word(at: countAt)))
    let bytes = call.buffer(list)
    return (0..<found).map { bytes.word(at: 4 * $0) }
  }

  private func ask(_ call: inout BPFCall) throws(KernelError) {
    do throws(BPFCallFailure) {
      try call.perform(.info, self)
    } catch {
      throw KernelError(error, subject: "an object")
    }
  }
}
