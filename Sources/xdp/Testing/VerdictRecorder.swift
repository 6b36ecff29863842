import BTF
import XDP
import XDPDrivers

/// `xdp test --output`: packets as the program left them, with their verdicts, in a pcapng file.
final class VerdictRecorder {
  private let writer: CaptureWriter
  private let pool: FramePool
  private var worker = Worker()

  /// Creates the file, which must be none of those that are kept.
  init(
    _ path: String,
    program: String,
    inputs: [String],
    keeping kept: [String],
    geometry: FrameGeometry
  ) throws(CommandError) {
    do throws(CaptureError) {
      let interface = NetworkInterface(name: inputs.first ?? "packet", index: 1)
      writer = try CaptureWriter(path, program: program, interfaces: [interface], keeping: kept)
    } catch {
      throw .output(error, "--output: ")
    }
    // A packet may have grown into its headroom.
    var roomy = geometry
    roomy.linear += geometry.headroom
    roomy.frameSize += geometry.headroom
    do throws(FramePoolError) {
      pool = try FramePool(frameCount: 1 + FrameGeometry.fragmentLimit, geometry: roomy)
    } catch {
      throw .refused("\(error)")
    }
  }

  /// Adds a packet.
  func record(_ report: PacketReport, at timestamp: UInt64?) throws(CommandError) {
    var batch = PacketBatch(pool: pool)
    batch.ingressIfindex = 1
    batch.hasTimestamps = timestamp != nil
    guard batch.append(copying: report.bytes.rawBytes, timestamp: timestamp ?? 0) else { return }
    var verdicts = Verdicts()
    let target = report.redirect.map { RedirectTarget(map: nil, key: $0.key, ifindex: $0.ifindex) }
    verdicts.record(report.returned, target: target ?? .none, at: 0)
    worker.traps = report.trap.map { [Worker.TrapRecord(index: 0, trap: $0)] } ?? []
    writer.observe(batch, verdicts: verdicts, worker: worker)
    if let failure = writer.failure { throw .refused("--output: \(failure)") }
  }

  /// Closes the file.
  func close() throws(CommandError) {
    do throws(CaptureError) {
      try writer.close()
    } catch {
      throw .refused("--output: \(error)")
    }
  }
}
