import BPFRuntime

extension Trap {
  /// The trap as `--json` prints it.
  var document: JSONValue {
    [
      "message": .string(message),
      "slot": .number(slot),
      "file": line.map { .string($0.file) } ?? nil,
      "line": line.map { .number($0.line) } ?? nil,
    ]
  }
}
