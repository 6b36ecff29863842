import ArgumentParser
import BPFMaps
import XDP

/// What surrounds a run.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Fills a map before the run, with entries in the form that --json prints.",
      valueName: "name=file.json"
    )
  )
  var map: [Assignment] = []

  @Option(
    help: ArgumentHelp(
      "The program's clock: the capture's timestamps (the default), the host's, or a fixed time.",
      valueName: "capture|host|nanoseconds"
    )
  )
  var clock: ClockChoice?

  @Option(help: ArgumentHelp("Where the program's random numbers begin.", valueName: "n"))
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "Bytes of a packet in one piece (3520); the rest lies in fragments, for programs of xdp.frags.",
      valueName: "bytes"
    )
  )
  var linear: Int?

  @Option(
    help: ArgumentHelp(
      "Interfaces, routes and neighbours for bpf_fib_lookup and bpf_check_mtu.",
      valueName: "file.json"
    )
  )
  var routes: String?

  @Option(
    help: ArgumentHelp(
      "What all maps together may take, such as 256M (8G, or what the machine has).",
      valueName: "size"
    )
  )
  var memoryLimit: ByteSize?

  @Option(
    help: ArgumentHelp(
      "How many instructions one packet may take, counted where a program can repeat itself (1073741824).",
      valueName: "instructions"
    )
  )
  var budget: UInt64?

  @Flag(
    help:
      "Runs the program without verifying it. The interpreter checks every access and stops a run that leaves its bounds."
  )
  var unverified = false

  /// The first option that was given of those that only the user-space engine knows.
  var userOnly: String? {
    if clock != nil { return "--clock" }
    if seed != nil { return "--seed" }
    if budget != nil { return "--budget" }
    return memoryLimit == nil ? nil : "--memory-limit"
  }

  /// The frames that packets lie in.
  var geometry: FrameGeometry {
    get throws(CommandError) {
      var geometry = FrameGeometry.kernelTestRun
      guard let linear else { return geometry }
      let limit = FrameGeometry.frameSizeLimit - geometry.headroom - Self.tailroom
      guard (14...limit).contains(linear) else {
        throw .badInput("--linear \(linear): a frame's linear part has from 14 to \(limit) bytes")
      }
      geometry.firstPart = linear
      guard linear > geometry.linear else { return geometry }
      geometry.linear = linear
      geometry.frameSize = (geometry.hardEnd + Self.tailroom + 63) & ~63
      return geometry
    }
  }

  /// What the kernel keeps behind the linear part for its own bookkeeping.
  private static let tailroom = 320

  /// The seed where none is given: another in every process, the same for all engines of one.
  private static let chance = UInt64.random(in: 0...UInt64.max)

  /// How programs are loaded into user space: their `bpf_trace_printk` goes to standard error.
  var load: LoadOptions {
    let clock: Worker.Clock =
      switch clock {
      case nil, .capture: .packet
      case .host: .host
      case .fixed(let nanoseconds): .fixed(nanoseconds)
      }
    var load = LoadOptions(
      memoryLimit: MemoryLimit(
        byteCount: memoryLimit?.byteCount ?? PhysicalMemory.mapLimit(having: PhysicalMemory.byteCount)
      ),
      clock: clock,
      seed: seed ?? Self.chance,
      printer: { Console.note("printk: " + ($0.hasSuffix("\n") ? String($0.dropLast()) : $0)) }
    )
    if let budget { load.budget = budget }
    return load
  }
}
