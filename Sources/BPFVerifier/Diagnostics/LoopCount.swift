import BPF

/// Which loop a long way went round most often: what is told of ways that are too long to be gone over again.
struct LoopCount {
  /// The instruction to which the way came back most often, and from which one; nil where it never came back.
  private var loop: (head: Int, tail: Int, rounds: Int, slots: Int)?

  init(_ path: [HistoryEntry], _ layout: CodeLayout) {
    var rounds: [Int: Int] = [:]
    var tails: [Int: Int] = [:]
    for (from, to) in zip(path, path.dropFirst()) where to.slot < from.slot && to.depth == from.depth {
      rounds[Int(to.slot), default: 0] += 1
      tails[Int(to.slot)] = max(tails[Int(to.slot)] ?? 0, Int(from.slot))
    }
    guard let most = rounds.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), let tail = tails[most.key]
    else {
      return
    }
    loop = (most.key, tail, most.value, tail + 1 - most.key)
  }

  /// The notes for a violation.
  func notes(for violation: Violation) -> [Rejection.Note] {
    guard violation.rule == .tooComplex, let loop else { return [] }
    return [
      Rejection.Note("\(loop.rounds) rounds were followed of the loop that begins here", at: loop.head),
      Rejection.Note("and that goes back here", at: loop.tail),
    ]
  }

  /// The edit, in words.
  func help(for violation: Violation, _ program: Program) -> String {
    guard violation.rule == .tooComplex, let loop else { return violation.rule.help }
    let place = SourceWords(program: program).place(loop.head)
    return
      "give the loop at \(place) a constant number of rounds, few enough that their instructions stay under a million together, or make it a bpf_loop or bpf_for, whose body is followed once"
  }
}
