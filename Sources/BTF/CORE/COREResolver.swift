/// Answers the CO-RE relocations of one object for one target, as libbpf does.
///
/// The target is usually the running kernel. A type of the target is a candidate if its kind and its name,
/// flavours aside (`task_struct___old` asks for `task_struct`), are those of the object's type. All
/// candidates that a relocation's access leads through must agree on the answer.
public struct COREResolver: Sendable {
  /// The object's types.
  public let local: BTF
  /// The types of the kernel that the object is to run on.
  public let target: BTF
  /// By local type; narrowed to those that matched once, as libbpf does.
  private var candidates: [BTF.TypeID: [BTF.TypeID]] = [:]

  /// Makes a resolver, to be used for all relocations of the object in their order.
  public init(local: BTF, target: BTF) {
    self.local = local
    self.target = target
  }

  /// What the relocation's instruction is to become.
  ///
  /// Fails if the relocation contradicts the object's own types, or if several types of the target answer
  /// differently.
  public mutating func resolve(_ relocation: CORERelocation) throws(BTFError) -> COREResolution {
    do throws(BTFError.RelocationFault) {
      return try answer(relocation)
    } catch {
      let type = local.description(of: relocation.type)
      throw BTFError(
        .relocation(error),
        in: .relocation("\(relocation.kind) of \(type) (\(relocation.access))")
      )
    }
  }

  private mutating func answer(
    _ relocation: CORERelocation
  ) throws(BTFError.RelocationFault) -> COREResolution {
    let path = try AccessPath(of: relocation, in: local)
    let question = "\(relocation.kind) of \(path.description(in: local))"
    if relocation.kind == .typeIDLocal {
      let value = UInt64(relocation.type)
      return COREResolution(
        value: value,
        original: nil,
        access: .none,
        explanation: "\(question) is \(value)"
      )
    }
    guard !local.name(of: relocation.type).isEmpty else {
      throw .unsuitableField("an anonymous \(local[relocation.type].kind) can't be found in the target")
    }
    let candidates = self.candidates[relocation.type] ?? findCandidates(relocation.type)
    self.candidates[relocation.type] = candidates
    var answers: [(candidate: BTF.TypeID, bitOffset: Int, resolution: COREResolution)] = []
    for candidate in candidates {
      guard let match = try match(path, candidate, relocation.kind) else { continue }
      let found = "\(question): found in \(target.description(of: candidate)) [\(candidate)]"
      let resolution = try resolution(relocation.kind, path, match, explanation: found)
      answers.append((candidate, match.bitOffset, resolution))
    }
    guard let first = answers.first else {
      let explanation = missing(question, candidates, relocation.type)
      return try resolution(relocation.kind, path, nil, explanation: explanation)
    }
    let isAgreed = answers.allSatisfy {
      $0.bitOffset == first.bitOffset && $0.resolution.value == first.resolution.value
    }
    guard isAgreed else {
      throw .ambiguous(
        candidates: answers.map { answer in
          let value = answer.resolution.value.map(String.init) ?? "missing"
          return "\(target.description(of: answer.candidate)) [\(answer.candidate)] says \(value)"
        }
      )
    }
    self.candidates[relocation.type] = answers.map(\.candidate)
    return first.resolution
  }

  private func findCandidates(_ id: BTF.TypeID) -> [BTF.TypeID] {
    let kind = local[id].kind
    return target.all(essentiallyNamed: local.name(of: id)).filter { target[$0].kind == kind }
  }

  private func match(
    _ path: AccessPath,
    _ candidate: BTF.TypeID,
    _ kind: CORERelocation.Kind
  ) throws(BTFError.RelocationFault) -> AccessPath? {
    if kind.isField { return try path.matched(by: candidate, in: target, local: local) }
    if kind.isEnumerator { return path.matchedEnumerator(by: candidate, in: target) }
    let isMatch: Bool
    if kind == .typeMatches {
      var matcher = TypeMatcher(local: local, target: target)
      isMatch = try matcher.matches(path.root, candidate)
    } else {
      isMatch = local.isTypeCompatible(path.root, with: candidate, in: target)
    }
    return isMatch ? AccessPath(root: candidate) : nil
  }

  /// The answer for one match, or for none.
  private func resolution(
    _ kind: CORERelocation.Kind,
    _ path: AccessPath,
    _ match: AccessPath?,
    explanation: String
  ) throws(BTFError.RelocationFault) -> COREResolution {
    var resolution = COREResolution(value: nil, original: nil, access: .none, explanation: explanation)
    switch kind {
    case .fieldExists, .enumeratorExists, .typeExists, .typeMatches:
      resolution.value = match == nil ? 0 : 1
      resolution.original = 1
    case .fieldByteOffset, .fieldByteSize, .fieldSigned, .fieldLeftShift, .fieldRightShift:
      let original = try FieldAnswer(kind, of: path, in: local)
      resolution.original = original.isCertain ? original.value : nil
      guard let match else { break }
      let answer = try FieldAnswer(kind, of: match, in: target)
      resolution.value = answer.value
      resolution.access = access(from: original, to: answer)
    case .typeIDTarget: resolution.value = UInt64(match?.root ?? 0)
    case .typeIDLocal: resolution.value = UInt64(path.root)
    case .typeSize:
      resolution.original = try byteCount(of: path.root, in: local)
      resolution.value =
        try match.map { (match) throws(BTFError.RelocationFault) in
          try byteCount(of: match.root, in: target)
        } ?? 0
    case .enumeratorValue:
      resolution.original = local.enumeratorValue(path)
      resolution.value = match.flatMap(target.enumeratorValue)
    }
    return resolution
  }

  private func byteCount(of id: BTF.TypeID, in btf: BTF) throws(BTFError.RelocationFault) -> UInt64 {
    guard let byteCount = btf.byteCount(of: id) else { throw .unsuitableType(btf[btf.resolved(id)].kind) }
    return UInt64(byteCount)
  }

  /// Pointers and unsigned integers may be loaded in another width: what is above them reads as zero.
  private func access(from original: FieldAnswer, to answer: FieldAnswer) -> COREResolution.AccessChange {
    guard let from = original.accessByteCount, let to = answer.accessByteCount, from != to else {
      return .none
    }
    switch (local[original.accessType], target[answer.accessType]) {
    case (.pointer, .pointer): return .resize(from: from, to: to)
    case (.integer(_, _, _, _, let encoding), .integer(_, _, _, _, let other))
    where encoding != .signed && other != .signed:
      return .resize(from: from, to: to)
    default: return .lossy(from: from, to: to)
    }
  }

  private func missing(_ question: String, _ candidates: [BTF.TypeID], _ id: BTF.TypeID) -> String {
    let name = BTF.essentialName(local.name(of: id))
    guard !candidates.isEmpty else {
      return "\(question): the target has no \(local[id].kind) named \(name)"
    }
    let list = candidates.prefix(4).map { "\(target.description(of: $0)) [\($0)]" }.joined(separator: ", ")
    return "\(question): not found, or of an incompatible type, in the target's \(list)"
  }
}

extension BTF {
  fileprivate func enumeratorValue(_ path: AccessPath) -> UInt64? {
    guard let step = path.steps.first, case .enumeration(_, _, _, let values) = self[step.type] else {
      return nil
    }
    return UInt64(bitPattern: values[step.index].value)
  }
}
