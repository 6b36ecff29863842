import BPFObject
import BTF

/// `--set NAME=VALUE`.
struct GlobalSetting {
  private let assignment: Assignment

  init(_ assignment: Assignment) { self.assignment = assignment }

  /// Sets the variable.
  func apply(to object: inout ObjectFile) throws(CommandError) {
    let option = "--set \(assignment.name)=\(assignment.value)"
    var bytes: [UInt8] = []
    // The object itself says so where there is no such variable.
    if let global = object.globals.first(where: { $0.name == assignment.name }) {
      bytes = try self.bytes(for: global, of: object, option)
    }
    do throws(ObjectError) {
      try object.setGlobal(assignment.name, to: bytes)
    } catch {
      throw .badInput("\(option): \(error)")
    }
  }

  private func bytes(
    for global: GlobalVariable,
    of object: ObjectFile,
    _ option: String
  ) throws(CommandError) -> [UInt8] {
    let typed = TypedBytes(types: object.btf, type: global.type, byteCount: global.byteCount)
    var reason = ""
    for candidate in meanings {
      do throws(TypedBytes.Mismatch) { return try typed.bytes(candidate) } catch {
        // What is meant as JSON by its look is explained as JSON.
        if reason.isEmpty || "[{".contains(assignment.value.prefix(1)) { reason = error.description }
      }
    }
    throw .badInput("\(option): \(reason)")
  }

  /// What the text may mean, likeliest first: a string need not be quoted, and a number may be in hex.
  private var meanings: [JSONValue] {
    let text = JSONValue.string(assignment.value)
    if assignment.value.hasPrefix("0x"), let number = UInt64(assignment.value.dropFirst(2), radix: 16) {
      return [text, .integer(Int128(number))]
    }
    guard let json = try? JSONParser.parse(assignment.value) else { return [text] }
    if case .string = json { return [json] }
    return [text, json]
  }
}
