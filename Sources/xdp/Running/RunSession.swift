import BPFRuntime
import XDP
import XDPDrivers

/// A run from its first packet to its totals.
struct RunSession {
  /// An interface that is to be opened.
  struct Opening {
    /// As it was asked for.
    var text: String
    var argument: InterfaceArgument
    var index: UInt32
  }

  /// All interfaces of a run.
  struct Openings {
    /// Files that no output may replace.
    var kept: [String] = []
    /// Where packets come from.
    var sources: [Opening] = []
    /// Where redirected ones go beside.
    var targets: [Opening] = []
  }

  private let loaded: UserEngine
  private let lanes: [Lane]
  private let targetWriters: [CaptureWriter]
  private let started = ContinuousClock.now
  private var elapsed: Duration = .zero
  private let interruption: Interruption

  /// Opens everything.
  init(
    _ loaded: UserEngine,
    interfaces: Openings,
    mode: AttachMode?,
    _ options: RunOptions,
    count: UInt64?
  ) throws(CommandError) {
    self.loaded = loaded
    interruption = Interruption(stopping: loaded.stop)
    let geometry = try options.geometry
    let limit = count.map(PacketLimit.init)
    let wires = MemoryWires()
    var drivers: [any Driver] = []
    for source in interfaces.sources {
      drivers.append(try Self.driver(source, geometry, writer: nil, wires))
    }
    var targets: [any Driver] = []
    var writers: [CaptureWriter] = []
    for target in interfaces.targets {
      let writer = try Self.writer(target, program: loaded.name, keeping: interfaces.kept)
      if let writer { writers.append(writer) }
      targets.append(try Self.driver(target, geometry, writer: writer, wires))
    }
    if let half = wires.halves.first {
      let reason = "one end of the wire is missing; name it for a second interface too"
      throw .badInput("memory:wire=\(half): \(reason)")
    }
    var lanes: [Lane] = []
    for (index, source) in interfaces.sources.enumerated() {
      let others = drivers.enumerated().filter { $0.offset != index }.map(\.element)
      let writer = try Self.writer(source, program: loaded.name, keeping: interfaces.kept)
      do throws(DriverError) {
        lanes.append(
          try Lane(
            source.text,
            drivers[index],
            limit: limit,
            running: loaded.engine,
            on: loaded.worker,
            redirectingTo: others + targets,
            maps: loaded.userMaps,
            mode: mode,
            writer: writer
          )
        )
      } catch {
        throw .refused("\(error)")
      }
    }
    self.lanes = lanes
    targetWriters = writers
  }

  private static func driver(
    _ opening: Opening,
    _ geometry: FrameGeometry,
    writer: CaptureWriter?,
    _ wires: MemoryWires
  ) throws(CommandError) -> any Driver {
    do throws(DriverError) {
      return try opening.argument.open(
        index: opening.index,
        geometry: geometry,
        writer: writer,
        wires: wires
      )
    } catch {
      throw .badInput("\(error)")
    }
  }

  private static func writer(
    _ opening: Opening,
    program: String,
    keeping kept: [String]
  ) throws(CommandError) -> CaptureWriter? {
    guard case .pcap(let input, let output?) = opening.argument else { return nil }
    do throws(CaptureError) {
      let interface = NetworkInterface(name: input ?? output, index: opening.index)
      return try CaptureWriter(output, program: program, interfaces: [interface], keeping: kept)
    } catch {
      throw .output(error)
    }
  }

  /// Moves packets until all interfaces have ended, the time is over, or somebody asks to stop.
  mutating func run(for duration: Duration?) async throws(CommandError) {
    defer { elapsed = ContinuousClock.now - started }
    var table = LiveTable()
    defer { table.clear() }
    if let duration { interruption.stop(after: duration) }
    while true {
      var moved = false
      for lane in lanes where !lane.isFinished {
        if try lane.poll() { moved = true }
      }
      // Once nothing comes from elsewhere and nothing moved, the wires are empty and stay so.
      let isOver = lanes.allSatisfy { $0.isFinished || ($0.isWire && !moved) }
      if isOver || loaded.stop.isMade { return }
      table.update(lanes, at: ContinuousClock.now - started)
      if !moved { try? await Task.sleep(for: .milliseconds(1)) }
    }
  }

  /// Closes the captures and gives the totals.
  func finish() throws(CommandError) -> RunTotals {
    for lane in lanes { try lane.close() }
    do throws(CaptureError) {
      for writer in targetWriters { try writer.close() }
    } catch {
      throw .refused("\(error)")
    }
    return RunTotals(loaded: loaded, lanes: lanes, elapsed: elapsed)
  }
}
