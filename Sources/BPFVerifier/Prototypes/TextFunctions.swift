/// Kernel functions that compare, search and print text.
enum TextFunctions {
  static let all: [CallPrototype] = [
    CallPrototype(0, "bpf_strcmp", [.anyString, .anyString], .integer),
    CallPrototype(0, "bpf_strcasecmp", [.anyString, .anyString], .integer),
    CallPrototype(0, "bpf_strspn", [.anyString, .anyString], .integer),
    CallPrototype(0, "bpf_strcspn", [.anyString, .anyString], .integer),
    CallPrototype(0, "bpf_strstr", [.anyString, .anyString], .integer),
    CallPrototype(0, "bpf_strchr", [.anyString, .scalar], .integer),
    CallPrototype(0, "bpf_strchrnul", [.anyString, .scalar], .integer),
    CallPrototype(0, "bpf_strrchr", [.anyString, .scalar], .integer),
    CallPrototype(0, "bpf_strnchr", [.anyString, .scalar, .scalar], .integer),
    CallPrototype(0, "bpf_strlen", [.anyString], .integer),
    CallPrototype(0, "bpf_strnlen", [.anyString, .scalar], .integer),
    CallPrototype(0, "bpf_strnstr", [.anyString, .anyString, .scalar], .integer),
    CallPrototype(
      0,
      "bpf_stream_vprintk_impl",
      [.scalar, .constantString, .memory(.readWrite), .sizeOrZero, .ignored],
      .integer,
      .trustedArguments
    ),
  ]
}
