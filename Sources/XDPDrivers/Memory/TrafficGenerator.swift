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

  /// The packets of one kind, and which flows are theirs.
  private struct Kind {
    var template: PacketTemplate
    var firstFlow: UInt64
    var flowCount: UInt64
    var zipf: ZipfDistribution?
    /// Whose turn it is.
    var turn: UInt64 = 0
  }

  /// What a number of chance is for: each has a sequence of its own.
  private enum Purpose: UInt64 {
    case flow, sourceHigh, sourceLow, destinationHigh, destinationLow, port, kind, size
  }

  private var kinds: [Kind]
  private let kindTable: AliasTable?
  private let sizeTable: AliasTable?
  private let sizes: [ClosedRange<Int>]
  private var clock: PacketClock

  /// Starts at the first packet.
  init(_ description: TrafficDescription) {
    self.description = description
    let parts = description.kinds
    let weights = parts.map { Double($0.weight) }
    kindTable = parts.count == 1 ? nil : AliasTable(weights: weights)
    let shares = Self.split(description.flows, by: weights)
    var first: UInt64 = 0
    kinds = []
    for (part, share) in zip(parts, shares) {
      var kind = Kind(
        template: PacketTemplate(part.choice, of: description, longest: description.longest),
        firstFlow: first,
        flowCount: share
      )
      if case .zipf(let exponent) = description.pick {
        kind.zipf = ZipfDistribution(count: Int(share), exponent: exponent)
      }
      kinds.append(kind)
      first += share
    }
    sizes = description.sizes.parts.map(\.choice)
    sizeTable =
      sizes.count == 1 ? nil : AliasTable(weights: description.sizes.parts.map { Double($0.weight) })
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
    let geometry = batch.pool.geometry
    var filled = 0
    while filled < limit, batch.room > 0 {
      let kind = nextKind(), length = nextLength(of: kinds[kind].template.kind)
      if length > geometry.split {
        let frames = 1 + (length - geometry.split + geometry.frameSize - 1) / geometry.frameSize
        guard batch.pool.available >= frames else { return filled }
        let packet = packet(kind, length)
        guard batch.append(copying: packet.rawBytes, timestamp: clock.next()) else { return filled }
      } else {
        guard batch.pool.available > 0, batch.append(length: length, timestamp: clock.next()) else {
          return filled
        }
        var bytes = batch.mutableBytes(at: batch.count - 1)
        kinds[kind].template.write(flow(of: nextFlow(kind)), to: &bytes)
      }
      made &+= 1
      filled += 1
    }
    return filled
  }

  /// A packet that is longer than a frame.
  private mutating func packet(_ kind: Int, _ length: Int) -> [UInt8] {
    var packet = [UInt8](repeating: 0, count: length)
    var span = packet.mutableSpan
    var bytes = unsafe span.mutableBytes
    kinds[kind].template.write(flow(of: nextFlow(kind)), to: &bytes)
    return packet
  }

  // MARK: Chance

  @inline(__always) private func nextKind() -> Int {
    kindTable.map { $0.draw(chance(made, .kind)) } ?? 0
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

  @inline(__always) private mutating func nextFlow(_ kind: Int) -> UInt64 {
    let count = kinds[kind].flowCount, first = kinds[kind].firstFlow
    switch description.pick {
    case .uniform:
      return first &+ (count == 1 ? 0 : chance(made, .flow).multipliedFullWidth(by: count).high)
    case .turns:
      let turn = kinds[kind].turn
      kinds[kind].turn = turn &+ 1 == count ? 0 : turn &+ 1
      return first &+ turn
    case .zipf:
      let rank = kinds[kind].zipf?.rank(chance(made, .flow)) ?? 1
      return first &+ UInt64(rank - 1)
    }
  }

  @inline(__always) private func flow(of number: UInt64) -> PacketTemplate.Flow {
    let port = chance(number, .port)
    var vlan: UInt16 = 0
    if let vlans = description.vlans {
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
    var mixed =
      (description.seed &* 8 &+ purpose.rawValue) &* 0xD6E8_FEB8_6659_FD93 ^ number &* 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
