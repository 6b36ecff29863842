/// An engine that a program was to run on and cannot.
struct EngineAbsence: Hashable {
  var engine: String
  var reason: String

  /// The document.
  var document: JSONValue { ["engine": .string(engine), "reason": .string(reason)] }
}
