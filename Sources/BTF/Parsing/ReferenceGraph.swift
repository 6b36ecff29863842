/// Which type refers to which, and the checks that make walking the types safe.
///
/// After `check()` every reference exists, stands where its kind may stand, and every walk ends soon: no type
/// contains itself by value, none reaches itself through pointers and aliases alone, and none of these walks
/// is longer than `depthLimit`, so that recursion over them is safe.
struct ReferenceGraph {
  /// How deep types may nest; the kernel's own limit is 32.
  static let depthLimit = 256

  private let kinds: [BTFType.Kind]
  /// Where each type's references begin in `references`; one more at the end.
  private var starts: [Int32] = []
  private var references: [BTF.TypeID] = []
  /// Types before this one are known to be sound.
  private let first: Int

  init(_ types: [BTFType], from first: Int) {
    self.first = first
    kinds = types.map(\.kind)
    starts.reserveCapacity(types.count - first + 1)
    starts.append(0)
    for type in types[first...] {
      type.forEachReference { references.append($0) }
      starts.append(Int32(truncatingIfNeeded: references.count))
    }
  }

  /// Checks every reference, then that no walk is endless.
  func check() throws(BTFError) {
    for index in first..<kinds.count {
      for reference in self.references(of: index) {
        if let fault = fault(of: reference, from: kinds[index]) {
          throw BTFError(fault, in: .typeNumber(BTF.TypeID(truncatingIfNeeded: index)))
        }
      }
    }
    try checkAcyclic { $0 != .pointer }
    try checkAcyclic { $0 != .structure && $0 != .union }
  }

  private func references(of index: Int) -> ArraySlice<BTF.TypeID> {
    references[Int(starts[index - first])..<Int(starts[index - first + 1])]
  }

  private func fault(of reference: BTF.TypeID, from kind: BTFType.Kind) -> BTFError.Fault? {
    guard reference < kinds.count else { return .noSuchType(reference, count: kinds.count) }
    let target = kinds[Int(reference)]
    let isAllowed =
      switch kind {
      case .function: target == .functionPrototype
      case .dataSection: target == .variable || target == .function
      case .declarationTag: target != .declarationTag
      default:
        target != .function && target != .variable && target != .dataSection && target != .declarationTag
      }
    return isAllowed ? nil : .misplacedReference(reference, kind: target)
  }

  private enum Progress: UInt8 { case unseen, open, done }

  /// Walks from each type over the references of those kinds that `follows` allows; iterative, for chains
  /// may be as long as the file.
  private func checkAcyclic(_ follows: (BTFType.Kind) -> Bool) throws(BTFError) {
    var progress = [Progress](repeating: .unseen, count: kinds.count - first)
    var depths = [UInt16](repeating: 0, count: kinds.count - first)
    var path: [(index: Int, next: Int, end: Int)] = []
    for root in first..<kinds.count where progress[root - first] == .unseen {
      var entering: Int? = root
      while true {
        if let index = entering.take() {
          progress[index - first] = .open
          let slice = follows(kinds[index]) ? references(of: index) : []
          path.append((index, slice.startIndex, slice.endIndex))
        }
        guard let (index, next, end) = path.last else { break }
        guard next < end else {
          progress[index - first] = .done
          path.removeLast()
          if let parent = path.last?.index { try deepen(&depths, parent, over: index) }
          continue
        }
        path[path.count - 1].next = next + 1
        let target = Int(references[next])
        guard target >= first else { continue }
        switch progress[target - first] {
        case .done: try deepen(&depths, index, over: target)
        case .unseen: entering = target
        case .open: throw cycle(to: target, along: path.map(\.index))
        }
      }
    }
  }

  /// Notes that one type is at least one step deeper than another.
  private func deepen(_ depths: inout [UInt16], _ index: Int, over target: Int) throws(BTFError) {
    let depth = max(depths[index - first], depths[target - first] + 1)
    guard depth < Self.depthLimit else {
      let id = BTF.TypeID(truncatingIfNeeded: index)
      throw BTFError(.tooDeep(limit: Self.depthLimit), in: .typeNumber(id))
    }
    depths[index - first] = depth
  }

  /// The part of a path that is the cycle; at most its first eight types are named.
  private func cycle(to target: Int, along path: [Int]) -> BTFError {
    let loop = path[(path.firstIndex(of: target) ?? 0)...].prefix(8) + [target]
    let ids = loop.map { BTF.TypeID(truncatingIfNeeded: $0) }
    return BTFError(.cycle(ids), in: .typeNumber(BTF.TypeID(truncatingIfNeeded: target)))
  }
}
