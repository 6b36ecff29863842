/// Which function calls which, where calls follow each other on one stack.
struct CallGraph {
  /// The functions, callers before callees; meaningless where there is a circle.
  private(set) var order: [Int] = []
  /// Calls that lead in a circle, the last of which calls the first's caller.
  private(set) var circle: [FunctionCall]?
  /// Whether a function is one that is called back, or runs below one.
  private(set) var isCalledBack: [Bool]

  /// By caller, one call for each callee.
  private var outgoing: [[FunctionCall]]

  init(_ functions: [FunctionRange], calls: [FunctionCall]) {
    let count = functions.count
    outgoing = Array(repeating: [], count: count)
    isCalledBack = functions.map(\.isExceptionHandler)
    var isAsynchronous = [Bool](repeating: false, count: count)
    for call in calls {
      if call.kind == .asynchronous { isAsynchronous[call.callee] = true }
      if call.kind == .callback || call.kind == .asynchronous { isCalledBack[call.callee] = true }
    }
    var isKnown = [Bool](repeating: false, count: count * count)
    for call in calls {
      // What runs later begins a stack of its own.
      guard call.kind == .direct || !isAsynchronous[call.callee] else { continue }
      guard !isKnown[call.caller * count + call.callee] else { continue }
      isKnown[call.caller * count + call.callee] = true
      outgoing[call.caller].append(call)
    }
    sort()
    guard circle == nil else { return }
    for function in order where isCalledBack[function] {
      for call in outgoing[function] { isCalledBack[call.callee] = true }
    }
  }

  /// Puts callers before callees, by a depth-first walk with a stack of its own.
  private mutating func sort() {
    enum Color { case unseen, open, done }
    var colors = [Color](repeating: .unseen, count: outgoing.count)
    var next = [Int](repeating: 0, count: outgoing.count)
    for start in outgoing.indices where colors[start] == .unseen {
      var path: [Int] = [start]
      colors[start] = .open
      while let function = path.last {
        guard next[function] < outgoing[function].count else {
          colors[function] = .done
          order.append(function)
          path.removeLast()
          continue
        }
        let callee = outgoing[function][next[function]].callee
        next[function] += 1
        switch colors[callee] {
        case .done: continue
        case .open:
          let first = path.firstIndex(of: callee) ?? 0
          circle = path[first...].map { outgoing[$0][next[$0] - 1] }
          return
        case .unseen:
          colors[callee] = .open
          path.append(callee)
        }
      }
    }
    order.reverse()
  }

  /// The heaviest chains of calls: what lies above each function, and which call led there.
  struct Chains {
    /// The weight of the callers of each function along its heaviest chain.
    var above: [Int]
    /// The last call of that chain; nil for a function that begins one.
    var last: [FunctionCall?]

    /// The functions of the heaviest chain to a function, that one last.
    func chain(to function: Int) -> [Int] {
      var chain = [function]
      while let call = last[chain[chain.count - 1]] { chain.append(call.caller) }
      return chain.reversed()
    }
  }

  /// Finds the heaviest chain of calls to each function.
  func longest(_ weight: (Int) -> Int) -> Chains {
    var chains = Chains(
      above: Array(repeating: 0, count: outgoing.count),
      last: Array(repeating: nil, count: outgoing.count)
    )
    for function in order {
      let total = chains.above[function] + weight(function)
      for call in outgoing[function]
      where chains.last[call.callee] == nil || chains.above[call.callee] < total {
        chains.above[call.callee] = total
        chains.last[call.callee] = call
      }
    }
    return chains
  }
}
