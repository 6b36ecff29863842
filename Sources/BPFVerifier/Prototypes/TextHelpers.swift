/// Helpers that read, compare and print text.
enum TextHelpers {
  static let all: [CallPrototype] = [
    // What follows the text's size is not looked at: `r3` to `r5` may hold anything, or nothing.
    CallPrototype(6, "bpf_trace_printk", [.memory(.read), .size], .integer, .gplOnly),
    CallPrototype(
      177,
      "bpf_trace_vprintk",
      [.memory(.read), .size, .memoryOrNull(.read), .sizeOrZero],
      .integer,
      .gplOnly
    ),
    CallPrototype(
      165,
      "bpf_snprintf",
      [.memoryOrNull(.write), .sizeOrZero, .constantString, .memoryOrNull(.read), .sizeOrZero],
      .integer,
      .gplOnly
    ),
    CallPrototype(
      149,
      "bpf_snprintf_btf",
      [.memory(.write), .size, .memory(.read), .size, .anything],
      .integer
    ),
    CallPrototype(
      105,
      "bpf_strtol",
      [.memory(.read), .size, .anything, .fixedMemory(8, .write, isAligned: true)],
      .integer
    ),
    CallPrototype(
      106,
      "bpf_strtoul",
      [.memory(.read), .size, .anything, .fixedMemory(8, .write, isAligned: true)],
      .integer
    ),
    CallPrototype(182, "bpf_strncmp", [.memory(.read), .size, .constantString], .integer),
  ]
}
