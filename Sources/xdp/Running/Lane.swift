import BPFMaps
import XDP
import XDPDrivers

/// One interface of a run: its data path, and the capture that its packets are written to.
final class Lane {
  /// The interface as it was asked for.
  let name: String
  /// Whether nothing will come any more.
  private(set) var isFinished = false

  private var path: DataPath
  private let driver: any Driver
  private let writer: CaptureWriter?

  /// Runs an engine on a driver; `writer` sees every verdict.
  init(
    _ name: String,
    _ driver: any Driver,
    limit: PacketLimit?,
    running engine: any ExecutionEngine,
    on worker: consuming Worker,
    redirectingTo targets: [any Driver],
    maps: [UserMap],
    mode: AttachMode?,
    writer: CaptureWriter?
  ) throws(DriverError) {
    self.name = name
    self.driver = driver
    self.writer = writer
    path = try DataPath(
      limit.map { LimitedDriver(driver, limit: $0) } ?? driver,
      running: engine,
      on: worker,
      redirectingTo: targets,
      maps: maps,
      mode: mode ?? (driver.capabilities.contains(.native) ? .native : .generic),
      observer: writer
    )
  }

  /// What has become of the packets.
  var tally: Tally { path.tally }
  /// Whether only what is sent over a wire by others comes here.
  var isWire: Bool { driver is MemoryWireEnd }
  /// Where the program runs.
  var mode: AttachMode { path.mode }
  /// What tables call it, in short.
  var label: String { driver.interface.name }
  /// How far the interface is, if it ends.
  var fraction: Double? { (driver as? any ProgressReporting)?.progress.fraction }

  /// Moves one batch; false where nothing had arrived.
  func poll() throws(CommandError) -> Bool {
    let reception: Reception
    do throws(DriverError) {
      reception = try path.poll()
    } catch {
      isFinished = true
      throw .badInput("\(error)")
    }
    if reception == .finished { isFinished = true }
    return reception == .packets
  }

  /// Closes the capture.
  func close() throws(CommandError) {
    do throws(CaptureError) {
      try writer?.close()
    } catch {
      throw .refused("\(error)")
    }
  }

  /// What a person should know beside the counts.
  var notes: [String] {
    var notes: [String] = []
    if let trap = tally.firstTrap {
      notes.append("\(RunTotals.counted(tally.trapped)) stopped the program, first: \(trap)")
    }
    if let trap = tally.firstTimerTrap {
      notes.append("\(tally.timersTrapped) runs of timers were stopped, first: \(trap)")
    }
    if tally.interrupted > 0 {
      notes.append("\(RunTotals.counted(tally.interrupted)) cut short by the end of the run: aborted")
    }
    if let code = tally.firstUnknownCode {
      notes.append(
        "\(RunTotals.counted(tally.unknownCode)) got a number that is no action, first \(code): aborted"
      )
    }
    if tally.redirectFailed > 0 {
      notes.append(
        "\(RunTotals.counted(tally.redirectFailed)) redirected to no known interface and dropped (see --redirect)"
      )
    }
    if tally.droppedOnTheWay + tally.abortedOnTheWay > 0 {
      notes.append(
        "\(RunTotals.counted(tally.droppedOnTheWay)) dropped and \(tally.abortedOnTheWay) aborted by programs of devmaps and cpumaps"
      )
    }
    if tally.tooLong > 0 {
      notes.append(
        "\(RunTotals.counted(tally.tooLong)) dropped: longer than a frame, and the program is not one of xdp.frags"
      )
    }
    if tally.outOfFrames > 0 {
      notes.append("\(RunTotals.counted(tally.outOfFrames)) dropped for want of a frame")
    }
    if tally.sendFailed > 0 { notes.append("\(RunTotals.counted(tally.sendFailed)) not sent") }
    if let wire = driver as? MemoryWireEnd, wire.refused + wire.outOfFrames > 0 {
      let count = RunTotals.counted(wire.refused + wire.outOfFrames)
      notes.append("\(count) of those not sent found the wire full")
    }
    if let capture = (driver as? PCAPDriver)?.tally {
      if capture.oversized > 0 {
        notes.append(
          "\(RunTotals.counted(capture.oversized)) of the capture left out: longer than a frame with all fragments (see --linear)"
        )
      }
      if capture.runts > 0 {
        notes.append(
          "\(RunTotals.counted(capture.runts)) of the capture left out: shorter than an Ethernet header"
        )
      }
      if capture.cutOff > 0 {
        notes.append("\(RunTotals.counted(capture.cutOff)) of the capture cut off at its snap length")
      }
    }
    return notes
  }
}
