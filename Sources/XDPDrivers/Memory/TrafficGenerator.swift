import BTF
import XDP

/// Makes the packets of a description, one after the other, each in the frame that it arrives in.
///
/// A flow's addresses and port are computed from its number, so memory does not grow with the number of flows, but for
/// the table that `pick=zipf` draws from.
struct TrafficGenerator {
  /// What the packets are like.
  let description: TrafficDescription
  /// Packets made so far.
  private(set) var made: UInt64 = 0

  /// The packets of one kind, and which flows are theirs; an object, so that the loop does not copy it.
  private final class Kind {
    let template: PacketTemplate
    let firstFlow: UInt64
    let flowCount: UInt64
    let zipf: ZipfDistribution?
    /// Whose turn it is.
    var turn: UInt64 = 0

    init(_ template: PacketTemplate, flows: Range<UInt64>, pick: TrafficDescription.Pick) {
      self.template = template
      firstFlow = flows.lowerBound
      flowCount = flows.upperBound - flows.lowerBound
      if case .zipf(let exponent) = pick {
        zipf = ZipfDistribution(count: Int(flowCount), exponent: exponent)
      } else {
        zipf = nil
      }
    }
  }

  /// What a number of chance is for: each has a sequence of its own.
  private enum Purpose: UInt64 {
    case flow, sourceHigh, sourceLow, destinationHigh, destinationLow, port, kind, size
  }

  private let kinds: [Kind]
  private let kindTable: AliasTable?
  private let sizeTable: AliasTable?
  private let sizes: [ClosedRange<Int>]
  private let pick: TrafficDescription.Pick
  private let vlans: ClosedRange<UInt16>?
  private let seed: UInt64
  private var clock: PacketClock

  /// Starts at the first packet.
  init(_ description: TrafficDescription) {
    self.description = description
    let parts = description.kinds
    let weights = parts.map { Double($0.weight) }
    kindTable = parts.count == 1 ? nil : AliasTable(weights: weights)
    let shares = Self.split(description.flows, by: weights)
    var first: UInt64 = 0, kinds: [Kind] = []
    for (part, share) in zip(parts, shares) {
      let template = PacketTemplate(part.choice, of: description, longest: description.longest)
      kinds.append(Kind(template, flows: first..<first + share, pick: description.pick))
      first += share
    }
    self.kinds = kinds
    sizes = description.sizes.parts.map(\.choice)
    sizeTable =
      sizes.count == 1 ? nil : AliasTable(weights: description.sizes.parts.map { Double($0.weight) })
    pick = description.pick
    vlans = description.vlans
    seed = description.seed
    clock = PacketClock(rate: description.rate)
  }

  /// Shares of a count in proportion to weights, each at least 1: the sum is the count, of at least as many as there are.
  private static func split(_ count: UInt64, by weights: [Double]) -> [UInt64] {
    let total = weights.reduce(0, +), spare = Double(count) - Double(weights.count)
    var shares = weights.map { 1 + UInt64(spare * $0 / total) }
    // What rounding left goes to the first ones.
    var left = count - shares.reduce(0, +), index = 0
    while left > 0 {
      shares[index % shares.count] += 1
      left -= 1
      index += 1
    }
    return shares
  }

  /// Makes as many packets and adds them to the batch; answers how many there was room for.
  mutating func fill(_ batch: inout PacketBatch, atMost limit: Int) -> Int {
    let split = batch.pool.geometry.split, last = made &+ UInt64(min(max(0, limit), batch.room)), first = made
    while made != last {
      let kind = kinds[nextKind()], length = nextLength(of: kind.template.kind)
      if length > split {
        guard fillLong(kind, length, &batch) else { break }
      } else {
        guard let room = unsafe batch.appendFrame(length: length, timestamp: clock.now) else { break }
        var bytes = unsafe MutableRawSpan(_unsafeBytes: room)
        kind.template.write(flow(of: nextFlow(kind)), to: &bytes)
      }
      made &+= 1
      clock.advance()
    }
    return Int(made &- first)
  }

  /// Makes a packet that is longer than a frame; false where there are too few frames.
  private func fillLong(_ kind: Kind, _ length: Int, _ batch: inout PacketBatch) -> Bool {
    let geometry = batch.pool.geometry
    let frames = 1 + (length - geometry.split + geometry.frameSize - 1) / geometry.frameSize
    guard batch.pool.available >= frames else { return false }
    var packet = [UInt8](repeating: 0, count: length)
    var span = packet.mutableSpan
    var bytes = unsafe span.mutableBytes
    kind.template.write(flow(of: nextFlow(kind)), to: &bytes)
    return batch.append(copying: packet.rawBytes, timestamp: clock.now)
  }

  // MARK: Chance

  @inline(__always) private func nextKind() -> Int {
    guard let kindTable else { return 0 }
    return kindTable.draw(chance(made, .kind))
  }

  @inline(__always) private func nextLength(of kind: PacketKind) -> Int {
    var range = sizes[0]
    if sizeTable == nil, range.count == 1 { return max(range.lowerBound, kind.headerByteCount) }
    let chance = chance(made, .size)
    if let sizeTable { range = sizes[sizeTable.draw(chance)] }
    // The draw looked at the high bits.
    let low = (chance << 32).multipliedFullWidth(by: UInt64(range.count)).high
    return max(range.lowerBound + Int(low), kind.headerByteCount)
  }

  @inline(__always) private func nextFlow(_ kind: Kind) -> UInt64 {
    switch pick {
    case .uniform:
      if kind.flowCount == 1 { return kind.firstFlow }
      return kind.firstFlow &+ chance(made, .flow).multipliedFullWidth(by: kind.flowCount).high
    case .turns:
      let turn = kind.turn
      kind.turn = turn &+ 1 == kind.flowCount ? 0 : turn &+ 1
      return kind.firstFlow &+ turn
    case .zipf:
      guard let zipf = kind.zipf else { return kind.firstFlow }
      return kind.firstFlow &+ UInt64(zipf.rank(chance(made, .flow)) - 1)
    }
  }

  @inline(__always) private func flow(of number: UInt64) -> PacketTemplate.Flow {
    let port = chance(number, .port)
    var vlan: UInt16 = 0
    if let vlans {
      vlan = vlans.lowerBound + UInt16(truncatingIfNeeded: (port >> 32) * UInt64(vlans.count) >> 32)
    }
    return PacketTemplate.Flow(
      source: (chance(number, .sourceHigh), chance(number, .sourceLow)),
      destination: (chance(number, .destinationHigh), chance(number, .destinationLow)),
      port: UInt16(1024 + port % 64_512),
      vlan: vlan
    )
  }

  /// 64 bits of chance that depend on the seed, a number, and what they are for (SplitMix64's mixing).
  @inline(__always) private func chance(_ number: UInt64, _ purpose: Purpose) -> UInt64 {
    var mixed = (seed &* 8 &+ purpose.rawValue) &* 0xD6E8_FEB8_6659_FD93 ^ number &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
