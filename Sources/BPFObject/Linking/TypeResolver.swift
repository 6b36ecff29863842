import BTF

/// Answers the CO-RE relocations of an object, each question once: programs ask for the same fields over and over.
struct TypeResolver {
  private struct Question: Hashable {
    let kind: CORERelocation.Kind
    let type: BTF.TypeID
    let access: String
  }

  private var resolver: COREResolver
  private var answers: [Question: COREResolution] = [:]

  /// Makes a resolver for the object's types and those of the kernel that it is to run on.
  init(local: BTF, target: BTF) { resolver = COREResolver(local: local, target: target) }

  /// What the relocation's instruction is to become.
  mutating func resolve(_ relocation: CORERelocation) throws(BTFError) -> COREResolution {
    let question = Question(kind: relocation.kind, type: relocation.type, access: relocation.access)
    if let answer = answers[question] { return answer }
    let answer = try resolver.resolve(relocation)
    answers[question] = answer
    return answer
  }
}
