/// The way that a relocation takes into a type: named fields and elements, and where they lead.
///
/// Anonymous structs and unions on the way count in the place but are no steps: the target may nest them
/// differently.
struct AccessPath {
  /// A named field, an element, or an enumerator.
  struct Step {
    /// The struct or union of a field, the type of an element, the enumeration of an enumerator.
    var type: BTF.TypeID
    /// Its position there.
    var index: Int
    /// The field's or enumerator's name; nil for an element.
    var name: String?
  }

  /// How many numbers an access string may have.
  static let stepLimit = 64
  /// No field lies or reaches further than this: far beyond any real one, and far from overflow.
  static let bitLimit = 1 << 48

  /// The type that the way begins at, as the relocation names it.
  var root: BTF.TypeID
  /// The steps so far; the first is the element of an imaginary array of the root type, or an enumerator.
  var steps: [Step] = []
  /// Where the last step begins.
  var bitOffset = 0

  /// Adds bits to the place; false if it leaves `bitLimit`.
  mutating func advance(byBits bits: Int) -> Bool {
    let (sum, overflow) = bitOffset.addingReportingOverflow(bits)
    bitOffset = sum
    return !overflow && sum <= Self.bitLimit
  }

  /// Adds elements to the place; false if the type has no size or it leaves `bitLimit`.
  mutating func advance(by index: Int, of type: BTF.TypeID, in btf: BTF) -> Bool {
    guard let byteCount = btf.byteCount(of: type) else { return false }
    let (bytes, overflow) = byteCount.multipliedReportingOverflow(by: index)
    let (bits, overflowOfBits) = bytes.multipliedReportingOverflow(by: 8)
    return !overflow && !overflowOfBits && advance(byBits: bits)
  }

  /// Whether an array of no elements is the last member of the struct that the last step is in.
  func endsInFlexibleArray(of count: Int, in btf: BTF) -> Bool {
    guard count == 0, let last = steps.last, last.name != nil else { return false }
    return btf[last.type].composite.map { $0.members.count - 1 == last.index } ?? false
  }

  /// The way as C writes it, such as `struct sk_buff.dev[0].name`.
  func description(in btf: BTF) -> String {
    var text = btf.description(of: root)
    for (position, step) in steps.enumerated() {
      if let name = step.name {
        text += btf[step.type].kind == .enumeration ? "::\(name)" : ".\(name)"
      } else if position > 0 || step.index != 0 {
        text += "[\(step.index)]"
      }
    }
    return text
  }
}

extension AccessPath {
  /// Follows a relocation's access string through the types of its own object.
  init(of relocation: CORERelocation, in btf: BTF) throws(BTFError.RelocationFault) {
    root = relocation.type
    let numbers = try Self.numbers(of: relocation.access)
    let walk = Walk(text: relocation.access, btf: btf)
    if relocation.kind.isType {
      guard numbers == [0] else { throw .malformedAccess(relocation.access) }
    } else if relocation.kind.isEnumerator {
      try walk.enumerator(numbers, &self)
    } else {
      try walk.field(numbers, &self)
    }
  }

  private static func numbers(of text: String) throws(BTFError.RelocationFault) -> [Int] {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count <= stepLimit else { throw .malformedAccess(text) }
    var numbers: [Int] = []
    for part in parts {
      guard let number = Int32(part), number >= 0 else { throw .malformedAccess(text) }
      numbers.append(Int(number))
    }
    return numbers
  }

  /// The steps of one access string.
  private struct Walk {
    var text: String
    var btf: BTF

    func enumerator(_ numbers: [Int], _ path: inout AccessPath) throws(BTFError.RelocationFault) {
      let id = btf.resolved(path.root)
      guard case .enumeration(_, _, _, let values) = btf[id] else {
        throw .unsuitableType(btf[id].kind)
      }
      guard numbers.count == 1, numbers[0] < values.count else {
        throw invalid(0, "is past the last of \(values.count) enumerators")
      }
      path.steps.append(Step(type: id, index: numbers[0], name: values[numbers[0]].name))
    }

    func field(_ numbers: [Int], _ path: inout AccessPath) throws(BTFError.RelocationFault) {
      var id = btf.resolved(path.root)
      path.steps.append(Step(type: id, index: numbers[0], name: nil))
      guard path.advance(by: numbers[0], of: id, in: btf) else {
        throw invalid(0, "counts elements of a type that has no size")
      }
      for (position, number) in numbers.enumerated().dropFirst() {
        switch btf[id] {
        case .structure(let composite), .union(let composite):
          guard number < composite.members.count else {
            throw invalid(position, "is past the last of \(composite.members.count) members")
          }
          let member = composite.members[number]
          guard path.advance(byBits: member.bitOffset) else { throw invalid(position, "overflows") }
          if !member.name.isEmpty { path.steps.append(Step(type: id, index: number, name: member.name)) }
          id = btf.resolved(member.type)
        case .array(let element, _, let count):
          guard number < count || path.endsInFlexibleArray(of: count, in: btf) else {
            throw invalid(position, "is past the last of \(count) elements")
          }
          id = btf.resolved(element)
          path.steps.append(Step(type: id, index: number, name: nil))
          guard path.advance(by: number, of: id, in: btf) else { throw invalid(position, "overflows") }
        default: throw invalid(position, "leads into a \(btf[id].kind)")
        }
      }
    }

    private func invalid(_ step: Int, _ reason: String) -> BTFError.RelocationFault {
      .invalidAccess(text, step: step, reason: reason)
    }
  }
}
