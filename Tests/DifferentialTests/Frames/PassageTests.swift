#if os(Linux)
import BPF
import BPFMaps
import LinuxKernel
import TestSupport
import Testing
import XDP
import XDPDrivers

/// Redirects as they end: what leaves by which interface, after programs of devmaps and cpumaps, in the kernel and here.
@Suite(
  KernelAccess.required,
  .enabled(if: PrivateNetwork.command != nil, "iproute2 is not installed"),
  .serialized
)
struct `Frames on a wire` {
  private typealias Outlet = FrameNetwork.Outlet

  /// What came out where, in no order, and what the programs noted.
  private struct Result: Equatable {
    var frames: [Outlet: [[UInt8]]]
    var sights: [[UInt8]: [UInt8]]

    init(_ frames: [Outlet: [[UInt8]]], _ sights: [[UInt8]: [UInt8]]) {
      self.frames = frames.filter { !$0.value.isEmpty }
        .mapValues { $0.sorted { $0.lexicographicallyPrecedes($1) } }
      self.sights = sights
    }

    /// What one has and the other has not.
    func difference(from other: Result) -> String {
      var lines: [String] = []
      for outlet in Outlet.allCases {
        let mine = frames[outlet] ?? [], theirs = other.frames[outlet] ?? []
        guard mine != theirs else { continue }
        let surplus = theirs.reduce(into: mine) { rest, frame in
          if let place = rest.firstIndex(of: frame) { rest.remove(at: place) }
        }
        let missing = mine.reduce(into: theirs) { rest, frame in
          if let place = rest.firstIndex(of: frame) { rest.remove(at: place) }
        }
        lines.append(
          "\(outlet): \(mine.count), the kernel's \(theirs.count); only here \(surplus.prefix(3)), only there \(missing.prefix(3))"
        )
      }
      for key in Set(sights.keys).union(other.sights.keys) where sights[key] != other.sights[key] {
        lines.append("seen \(key): \(sights[key] ?? []), the kernel's \(other.sights[key] ?? [])")
      }
      return lines.joined(separator: "\n")
    }
  }

  /// Fills a map as both sides have it: `number` is the program's id there.
  private static func fill(_ maps: [any BPFMap], program number: (String) -> UInt32) throws {
    func put(_ map: String, _ key: UInt32, _ value: UInt32, _ program: String? = nil) throws {
      let words = [value, program.map(number) ?? 0]
      try maps.first { $0.definition.name == map }?
        .update(bytes([key]), to: bytes(words), .any)
    }
    // One program for each interface: packets of one poll that leave by the same share the first one's in the kernel.
    try put("devices", 1, 12, "leave")
    try put("devices", 2, 14, "mark")
    try put("devices", 3, 10)
    try put("devices", 6, 12, "leave")
    try put("ports", 1 * 1_000_003, 14, "mark")
    try put("ports", 2 * 1_000_003, 12, "leave")
    try put("ports", 5 * 1_000_003, 10)
    try put("ports", 7 * 1_000_003, 14, "mark")
    try put("cpus", 0, 512, "arrive")
    try put("cpus", 1, 512)
  }

  private static func bytes(_ words: [UInt32]) -> [UInt8] {
    words.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) } }
  }

  private static func sights(_ maps: [any BPFMap]) throws -> [[UInt8]: [UInt8]] {
    try maps.first { $0.definition.name == "sights" }.map(contents(of:)) ?? [:]
  }

  /// What our data path makes of frames.
  private static func ours(
    _ programs: [Program],
    _ entry: String,
    _ mode: AttachMode,
    _ frames: [[UInt8]]
  ) throws
    -> Result
  {
    let object = try LoadedObject(unverified: programs, options: LoadOptions(cpuCount: PossibleCPUs.count()))
    try fill(object.maps) { name in
      UInt32((programs.firstIndex { $0.name == name } ?? -1) + 1)
    }
    func driver(_ index: UInt32, _ name: String) throws -> MemoryDriver {
      let driver = MemoryDriver(
        pool: try FramePool(frameCount: 512),
        interface: NetworkInterface(name: name, index: index)
      )
      driver.keepsSentPackets = true
      return driver
    }
    let ingress = try driver(FrameNetwork.ingress, "in"), stack = try driver(1, "stack")
    let others = [try driver(12, "one"), try driver(14, "two")]
    var path = try DataPath(
      ingress,
      running: try #require(object.engine(named: entry)),
      on: object.makeWorker(),
      stack: stack,
      redirectingTo: others,
      maps: object.maps,
      mode: mode
    )
    for frame in frames { ingress.enqueue(frame) }
    while try path.poll() == .packets {}
    let outlets: [Outlet: [[UInt8]]] = [
      .in: ingress.sentPackets, .one: others[0].sentPackets, .two: others[1].sentPackets,
      .stack: stack.sentPackets,
    ]
    #expect(path.tally.trapped == 0, "\(path.tally.firstTrap.map { "\($0)" } ?? "")")
    return Result(outlets, try sights(object.maps))
  }

  /// What the kernel makes of them, in this thread's namespace.
  private static func kernels(
    _ programs: [Program],
    _ entry: String,
    _ mode: AttachMode,
    _ frames: [[UInt8]],
    expecting expected: Result
  ) throws -> Result {
    let loaded = try KernelEngine.load(programs)
    try fill(loaded[0].maps) { name in loaded.first { $0.name == name }?.id ?? 0 }
    let program = try #require(loaded.first { $0.name == entry })
    let network = try FrameNetwork(running: program, mode: mode)
    let received = try network.send(frames, expecting: expected.frames.mapValues(\.count))
    return Result(received, try sights(loaded[0].maps))
  }

  /// Frames of every kind that an interface of this size takes.
  private static func frames(seed: UInt64) -> [[UInt8]] {
    ProgramPackets(seed: seed, cut: false).steps.map(\.bytes).filter { (14...3400).contains($0.count) }
  }

  private static let entries = [
    "plain", "to_device", "to_port", "stamped", "to_all", "to_others", "moved_to_all", "to_cpu",
  ]

  @Test(arguments: entries, [AttachMode.native, .generic])
  func `come out where and as the kernel lets them`(entry: String, mode: AttachMode) throws {
    let programs = try Fixture.object("passages").linked()
    try PrivateNetwork.with(FrameNetwork.lines, settings: []) {
      for seed in Seeds.first(1) {
        let frames = Self.frames(seed: seed)
        let ours = try Self.ours(programs, entry, mode, frames)
        let kernels = try Self.kernels(programs, entry, mode, frames, expecting: ours)
        let isSame = ours == kernels
        #expect(isSame, "\(entry), \(mode): \(ours.difference(from: kernels))")
        // A program that lets nothing out compares nothing.
        #expect(kernels.frames.values.reduce(0) { $0 + $1.count } > 50)
      }
    }
  }
}
#endif
