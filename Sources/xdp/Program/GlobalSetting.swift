import BPFObject

/// `--set NAME=VALUE`.
struct GlobalSetting {
  private let assignment: Assignment

  init(_ assignment: Assignment) { self.assignment = assignment }

  /// Sets the variable.
  func apply(to object: inout ObjectFile) throws(CommandError) {
    guard let number = Int128(assignment.value) else { throw .badInput("not a number") }
    do throws(ObjectError) {
      try object.setGlobal(assignment.name, to: number)
    } catch {
      throw .badInput("--set \(assignment.name)=\(assignment.value): \(error)")
    }
  }
}
