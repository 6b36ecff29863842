import BPFJIT
import BPFVerifier
import XDP
import XDPDrivers

/// The loop around a compiled program: a batch from a driver, the program, the verdicts, the frames back.
final class PacketLoop {
  private let driver: any Driver
  private let engine: CompiledProgram
  private var batch: PacketBatch
  private var verdicts = Verdicts()
  private var worker: Worker

  /// A program of an object below the package's folder, over the packets of a driver.
  init(_ path: String, over driver: any Driver) throws {
    guard let program = try BenchmarkFiles.object(path).linked(kernel: nil).first else {
      fatalError("no program in \(path)")
    }
    let verified = try Verifier(.xdp()).verify(program), loaded = try LoadedObject([verified])
    engine = try loaded.compiled(verified)
    worker = loaded.makeWorker()
    batch = PacketBatch(pool: driver.pool)
    self.driver = driver
  }

  /// Takes so many packets through the loop, or as many as there are, every one of which has to be dropped.
  func run(_ count: Int) {
    var done = 0, dropped = 0
    do {
      while done < count {
        if try driver.receive(into: &batch) == .finished { break }
        engine.run(&batch, verdicts: &verdicts, on: &worker)
        for index in 0..<batch.count { dropped += verdicts.actions[index] == 1 ? 1 : 0 }
        done += batch.count
        batch.removeAll()
      }
    } catch { fatalError("\(error)") }
    guard dropped == done else { fatalError("\(done - dropped) of \(done) packets were not dropped") }
  }
}
