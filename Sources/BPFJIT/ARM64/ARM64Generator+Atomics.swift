import BPF

// Atomic operations: in one instruction where the processor has those, else tried until nobody came between.
//
// Those that answer are fully ordered, as Linux has it; those that do not are not ordered at all.

extension ARM64Generator {
  mutating func write(
    _ operation: AtomicOperation,
    _ width: Width,
    _ source: ARM64Register,
    at place: ARM64Register
  ) {
    switch operation {
    case .add(let fetch): change(.add, .add, fetch, width, source, at: place)
    case .or(let fetch): change(.or, .or, fetch, width, source, at: place)
    case .and(let fetch): change(.and, .clear, fetch, width, source, at: place)
    case .xor(let fetch): change(.xor, .xor, fetch, width, source, at: place)
    case .exchange: exchange(width, source, at: place)
    case .compareExchange: compareExchange(width, source, at: place)
    }
  }

  private mutating func change(
    _ operation: ARM64Arithmetic,
    _ single: ARM64Atomic,
    _ fetches: Bool,
    _ width: Width,
    _ source: ARM64Register,
    at place: ARM64Register
  ) {
    if features.hasAtomics {
      var operand = source
      if single == .clear {
        assembler.complement(width, Self.scratch2, source)
        operand = Self.scratch2
      }
      let old = fetches ? source : .zero
      return assembler.atomic(single, isOrdered: fetches, width, operand, old: old, place)
    }
    let again = assembler.makeLabel(), old = Self.scratch2, new = Self.scratch3
    assembler.place(again)
    assembler.loadExclusive(width, old, place)
    assembler.arithmetic(operation, width, new, old, source)
    store(new, fetches, width, at: place, orTry: again)
    if fetches { assembler.move(.doubleWord, source, old) }
  }

  private mutating func exchange(_ width: Width, _ source: ARM64Register, at place: ARM64Register) {
    if features.hasAtomics { return assembler.atomicExchange(width, source, old: source, place) }
    let again = assembler.makeLabel(), old = Self.scratch2
    assembler.place(again)
    assembler.loadExclusive(width, old, place)
    store(source, true, width, at: place, orTry: again)
    assembler.move(.doubleWord, source, old)
  }

  private mutating func compareExchange(_ width: Width, _ source: ARM64Register, at place: ARM64Register) {
    if features.hasAtomics {
      return assembler.atomicCompareExchange(width, expected: .x0, source, place)
    }
    let again = assembler.makeLabel(), done = assembler.makeLabel(), old = Self.scratch2
    assembler.place(again)
    assembler.loadExclusive(width, old, place)
    assembler.compare(width, old, .x0)
    assembler.branch(if: .notEqual, to: done)
    store(source, true, width, at: place, orTry: again)
    assembler.place(done)
    assembler.move(.doubleWord, .x0, old)
  }

  /// Stores what was made of an exclusive load's value, or begins again.
  private mutating func store(
    _ new: ARM64Register,
    _ isOrdered: Bool,
    _ width: Width,
    at place: ARM64Register,
    orTry again: ARM64Assembler.Label
  ) {
    let failed = Self.callee
    assembler.storeExclusive(isRelease: isOrdered, width, failed: failed, new, place)
    assembler.branch(ifNotZero: failed, .word, to: again)
    if isOrdered { assembler.barrier() }
  }
}
