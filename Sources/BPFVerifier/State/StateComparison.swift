/// Whether what was found of one state holds for another (Linux's `states_equal`).
struct StateComparison {
  /// How close they must be.
  enum Closeness {
    /// Equal in everything: nothing has moved.
    case exact
    /// Within the old one's ranges in everything.
    case within
    /// Within where a check relied on it.
    case relevant
  }

  /// Pairs of identities that stand for one another, old and new.
  private var pairs: [(old: UInt32, new: UInt32)] = []

  /// Whether everything that is good for `old` is good for `new`.
  ///
  /// - Parameters:
  ///   - old: The state that was found good.
  ///   - new: The state that may be as good.
  ///   - closeness: How close they must be.
  ///   - live: Registers of the running frame that are read later, a bit each.
  ///   - callerLive: The same of a frame that called, by the call's slot.
  ///   - read: Stack slots of the old state that are read later, by frame; nil where that is not known.
  /// - Returns: Whether the new state needs no following.
  mutating func covers(
    _ old: MachineState,
    _ new: MachineState,
    _ closeness: Closeness,
    live: UInt16,
    callerLive: (Int) -> UInt16,
    read: [8 of UInt64]?
  ) -> Bool {
    guard old.frames.count == new.frames.count, old.references.count == new.references.count,
      old.lockCount == new.lockCount, old.preemptionDepth == new.preemptionDepth,
      old.readSectionDepth == new.readSectionDepth
    else { return false }
    pairs.removeAll(keepingCapacity: true)
    let last = old.frames.count - 1
    for frame in 0...last {
      guard old.frames[frame].callSite == new.frames[frame].callSite,
        old.frames[frame].function == new.frames[frame].function,
        (old.frames[frame].callback == nil) == (new.frames[frame].callback == nil)
      else { return false }
      let mask = frame == last ? live : callerLive(old.frames[frame + 1].callSite)
      for register in 0..<10 where closeness != .relevant || mask & (1 << UInt16(register)) != 0 {
        guard
          covers(old.frames[frame].registers[register], new.frames[frame].registers[register], closeness)
        else { return false }
      }
      guard coversStack(old.frames[frame], new.frames[frame], closeness, read: read.map { $0[frame] }) else {
        return false
      }
    }
    for index in old.references.indices {
      let a = old.references[index]
      let b = new.references[index]
      guard a.kind == b.kind, a.owner == b.owner, match(a.id, b.id) else { return false }
    }
    return match(old.interruptFlagsID, new.interruptFlagsID)
  }

  private mutating func match(_ old: UInt32, _ new: UInt32) -> Bool {
    if old == 0 || new == 0 { return old == new }
    for pair in pairs {
      if pair.old == old { return pair.new == new }
      if pair.new == new { return false }
    }
    pairs.append((old, new))
    return true
  }

  private mutating func covers(
    _ old: RegisterState,
    _ new: RegisterState,
    _ closeness: Closeness
  ) -> Bool {
    if closeness == .exact { return isEqual(old, new) }
    if old.kind == .uninitialized { return true }
    guard old.kind == new.kind, old.traits == new.traits else { return false }
    switch old.kind {
    case .scalar:
      if !old.isPrecise, closeness == .relevant { return true }
      guard old.id & RegisterState.linkFlags == new.id & RegisterState.linkFlags,
        !old.isLinkedByOffset || old.offset == new.offset
      else { return false }
      return new.scalar.isSubset(of: old.scalar) && matchScalars(old.id, new.id)
    case .mapValue, .mapKey, .memory:
      return old.index == new.index && old.offset == new.offset && new.scalar.isSubset(of: old.scalar)
        && match(old.id, new.id) && match(old.referenceID, new.referenceID)
        && match(old.originID, new.originID)
    case .packet, .packetMetadata:
      guard old.range <= new.range, old.range >= 0 || old.range == new.range, old.offset == new.offset else {
        return false
      }
      return match(old.id, new.id) && new.scalar.isSubset(of: old.scalar)
    default: return isEqual(old, new)
    }
  }

  /// A scalar that was linked to others must be so still; one that was alone may be linked.
  private mutating func matchScalars(_ old: UInt32, _ new: UInt32) -> Bool {
    let mask = ~RegisterState.linkFlags
    let a = old & mask
    let b = new & mask
    if a == 0 { return true }
    if b == 0 {
      // Linux gives the new one an identity of its own: good as long as nothing else was linked with the old one.
      for pair in pairs where pair.old == a { return false }
      pairs.append((a, .max - UInt32(pairs.count)))
      return true
    }
    return match(a, b)
  }

  private mutating func isEqual(_ old: RegisterState, _ new: RegisterState) -> Bool {
    guard old.kind == new.kind, old.traits == new.traits, old.offset == new.offset, old.range == new.range,
      old.index == new.index, old.scalar == new.scalar
    else { return false }
    if old.kind == .scalar { return matchScalars(old.id, new.id) }
    return match(old.id, new.id) && match(old.referenceID, new.referenceID)
      && match(old.originID, new.originID)
  }

  private mutating func coversStack(
    _ old: Frame,
    _ new: Frame,
    _ closeness: Closeness,
    read: UInt64?
  ) -> Bool {
    if closeness == .exact, old.stack.count != new.stack.count { return false }
    for index in old.stack.indices {
      if let read, closeness == .relevant, read & (1 << UInt64(index)) == 0 { continue }
      let a = old.stack[index]
      let b = new[slot: index]
      if closeness == .exact {
        guard a.bytes == b.bytes else { return false }
      }
      if a.isWholeSpill || b.isWholeSpill, a.spilled.kind == .scalar || !a.isWholeSpill,
        b.spilled.kind == .scalar || !b.isWholeSpill, closeness != .exact,
        a.isUnknownNumber || a.isWholeSpill, b.isUnknownNumber || b.isWholeSpill
      {
        // A number and eight unknown bytes may stand for one another.
        let first = a.isWholeSpill ? a.spilled : .unknown
        let second = b.isWholeSpill ? b.spilled : .unknown
        guard covers(first, second, closeness) else { return false }
        continue
      }
      for byte in 0..<8 {
        switch a[byte] {
        case .invalid, .misc:
          if closeness != .exact && (a[byte] == .invalid || a[byte] == .misc) && !b.isObject { continue }
        default: break
        }
        if a[byte] == b[byte] { continue }
        return false
      }
      if a.isSpill {
        guard covers(a.spilled, b.spilled, closeness) else { return false }
      } else if a.isObject {
        guard a.spilled.index == b.spilled.index, a.spilled.offset == b.spilled.offset,
          a.spilled.range == b.spilled.range, match(a.spilled.id, b.spilled.id),
          match(a.spilled.referenceID, b.spilled.referenceID)
        else { return false }
      }
    }
    return true
  }
}

extension StackSlot {
  /// Whether it is eight bytes of which nothing is known.
  fileprivate var isUnknownNumber: Bool {
    for byte in 0..<8 where self[byte] != .misc && self[byte] != .invalid { return false }
    return true
  }
}
