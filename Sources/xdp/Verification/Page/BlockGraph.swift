import BPF

/// A function's control flow: blocks that run from their first instruction to their last, and where they go from there.
struct BlockGraph {
  /// Instructions without a jump into or out of their middle.
  struct Block: Hashable {
    /// The slots of its first and its last instruction.
    var first: Int, last: Int
    /// How many edges the longest way here has, without those that go back.
    var layer = 0
  }

  /// A way from one block to another.
  struct Edge: Hashable {
    /// The places of both in `blocks`.
    var source: Int, target: Int
    /// Whether it goes back, to a lower slot or its own.
    var goesBack: Bool
  }

  /// The function's name.
  let name: String
  /// The blocks, in order of their slots.
  private(set) var blocks: [Block] = []
  /// The edges, in order of their sources.
  private(set) var edges: [Edge] = []

  /// The graphs of all functions of a program.
  static func all(of program: Program) -> [BlockGraph] {
    let listing = program.listing
    let functions = program.functions
    return functions.indices.map { index in
      let start = functions[index].slot
      let end = index + 1 < functions.count ? functions[index + 1].slot : program.slotCount
      return BlockGraph(functions[index].name, listing.filter { (start..<end).contains($0.slot) })
    }
  }

  private init(_ name: String, _ listing: [(slot: Int, instruction: Instruction)]) {
    self.name = name
    let slots = Set(listing.map(\.slot))
    var starts: Set<Int> = []
    if let first = listing.first { starts.insert(first.slot) }
    for (slot, instruction) in listing where !instruction.successors(at: slot).isPlain {
      starts.formUnion(instruction.successors(at: slot).slots + [slot + instruction.slotCount])
    }
    for (slot, _) in listing {
      if starts.contains(slot) || blocks.isEmpty {
        blocks.append(Block(first: slot, last: slot))
      } else {
        blocks[blocks.count - 1].last = slot
      }
    }
    let places = Dictionary(uniqueKeysWithValues: blocks.enumerated().map { ($1.first, $0) })
    let instructions = Dictionary(uniqueKeysWithValues: listing.map { ($0.slot, $0.instruction) })
    for (place, block) in blocks.enumerated() {
      guard let last = instructions[block.last] else { continue }
      for slot in last.successors(at: block.last).slots where slots.contains(slot) {
        guard let target = places[slot] else { continue }
        let edge = Edge(source: place, target: target, goesBack: target <= place)
        if !edges.contains(edge, from: place) { edges.append(edge) }
      }
    }
    // Edges that do not go back lead to later blocks, whose layers are set by the time they are looked at.
    for edge in edges where !edge.goesBack {
      blocks[edge.target].layer = max(blocks[edge.target].layer, blocks[edge.source].layer + 1)
    }
  }
}

extension [BlockGraph.Edge] {
  /// Whether an edge is among the last ones, those of one source.
  fileprivate func contains(_ edge: Element, from source: Int) -> Bool {
    reversed().prefix { $0.source == source }.contains(edge)
  }
}

extension Instruction {
  /// Where control goes from an instruction at a slot; plain where it can only go on.
  fileprivate func successors(at slot: Int) -> (slots: [Int], isPlain: Bool) {
    let next = slot + slotCount
    return switch self {
    case .exit: ([], false)
    case .jump(let offset): ([next + Int(offset)], false)
    case .jumpLong(let offset): ([next + Int(offset)], false)
    case .branch(_, _, _, _, let offset): ([next, next + Int(offset)], false)
    case .mayGoto(let offset): ([next, next + Int(offset)], false)
    default: ([next], true)
    }
  }
}
