import XDP
import XDPDrivers

/// How fast packets are made up, and handed out again: what `memory:` interfaces cost beside a program.
enum GeneratorBenchmark {
  private static let count = 1_000_000

  static func rows() throws -> [SpeedRow] {
    let works = [
      ("packets made up, UDP of 64 bytes", ""),
      ("the same, flows by Zipf's law", "pick=zipf:1.1"),
      (
        "a mix of protocols, versions, tags and IMIX sizes",
        "size=imix,proto=udp:6+tcp:3+icmp+arp,ipv6=30,vlan=1-99,tagged=40"
      ),
      ("packets handed out again", "reuse=65536"),
    ]
    let figures = measure(try works.map { try contestant($0.0, $0.1) })
    return zip(works, figures).map { work, figures in
      SpeedRow(work.0, .millionsASecond, targets: [], ours: figures)
    }
  }

  private static func contestant(_ name: String, _ text: String) throws -> Contestant {
    let traffic = try TrafficDescription(parsing: text)
    let pool = try FramePool(frameCount: 256 + (traffic.reuse?.count ?? 0))
    let driver = try MemoryDriver(traffic, pool: pool)
    return Contestant(name: name, operations: count) {
      var batch = PacketBatch(pool: pool), done = 0
      while done < count {
        guard (try? driver.receive(into: &batch)) == .packets else { fatalError("no packets") }
        done += batch.count
        batch.removeAll()
      }
    }
  }
}
