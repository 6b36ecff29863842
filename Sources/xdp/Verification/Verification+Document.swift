import BPF
import BPFVerifier

extension Verification {
  /// The document of `verify --json`.
  var document: JSONValue {
    var document: JSONObject = [
      "program": .string(program.name),
      "accepted": .boolean(isAccepted),
      "linux": .string(prediction.rawValue),
      "warnings": .array(warnings.map(JSONValue.string)),
      "instructions": .number(program.instructions.count),
      "processed": .number(statistics.processed),
      "states": .number(statistics.states),
      "microseconds": .number(duration.microseconds),
      "rejection": rejection?.document ?? .null,
      "kernel": kernel?.document ?? .null,
    ]
    if let log { document["log"] = .string(log) }
    if let profile { document["kernelVersion"] = self.document(of: profile) }
    return .object(document)
  }

  private func document(
    of profile: (version: KernelVersion, objections: [KernelProfile.Objection])
  ) -> JSONValue {
    [
      "version": .string(profile.version.description),
      "accepted": .boolean(isAccepted && profile.objections.isEmpty),
      "objections": .array(
        profile.objections.map {
          [
            "message": .string($0.message), "slot": $0.slot.map { .number($0) } ?? .null,
            "since": .string($0.since.description),
          ]
        }
      ),
    ]
  }
}

extension Rejection {
  fileprivate var document: JSONValue {
    let slot = violation.slot
    var document: JSONObject = [
      "message": .string(violation.message),
      "violation": .string(violation.rule.rawValue),
      "slot": slot.map { .number($0) } ?? .null,
      "instruction": slot.flatMap(program.instruction).map { .string($0.description) } ?? .null,
    ]
    for member in program.place(at: slot).members { document[member.name] = member.value }
    document["notes"] = .array(notes.map(self.document))
    document["help"] = help.isEmpty ? .null : .string(help)
    return .object(document)
  }

  private func document(of note: Note) -> JSONValue {
    var document: JSONObject = [
      "message": .string(note.message), "slot": note.slot.map { .number($0) } ?? .null,
    ]
    for member in program.place(at: note.slot).members { document[member.name] = member.value }
    return .object(document)
  }
}

extension KernelVerdict {
  fileprivate var document: JSONValue {
    [
      "accepted": .boolean(isAccepted),
      "microseconds": microseconds.map { .number($0) } ?? .null,
      "processed": processed.map { .number($0) } ?? .null,
      "log": .string(log),
    ]
  }
}

extension Program {
  /// `file`, `line` and `column` of a slot, each null where it is not known.
  fileprivate func place(at slot: Int?) -> JSONObject {
    let line = slot.flatMap(knownLine)
    return [
      "file": line.map { .string($0.file) } ?? .null,
      "line": line.map { .number($0.line) } ?? .null,
      "column": line.flatMap { $0.column > 0 ? .number($0.column) : nil } ?? .null,
    ]
  }
}
