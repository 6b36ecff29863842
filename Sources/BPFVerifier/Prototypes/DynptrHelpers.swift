/// Helpers on dynptrs of any kind; those of ring buffers are in `RingBufferHelpers`.
enum DynptrHelpers {
  static let all: [CallPrototype] = [
    CallPrototype(
      197,
      "bpf_dynptr_from_mem",
      [.mapValueMemory(.write), .sizeOrZero, .anything, .dynptr(.makes(.local))],
      .integer
    ),
    CallPrototype(
      201,
      "bpf_dynptr_read",
      [.memory(.write), .sizeOrZero, .dynptr(.reads), .anything, .anything],
      .integer
    ),
    CallPrototype(
      202,
      "bpf_dynptr_write",
      [.dynptr(.reads), .anything, .memory(.read), .sizeOrZero, .anything],
      .integer
    ),
    CallPrototype(
      203,
      "bpf_dynptr_data",
      [.dynptr(.reads), .anything, .allocationSize],
      .memoryOrNull(.readWrite, slice: true)
    ),
  ]
}
