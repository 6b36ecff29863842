import BPF
import BPFJIT
import BPFVerifier
import Emulation
import TestSupport
import Testing
import XDP

@Suite struct `Values of each CPU in machine code` {
  @Test(arguments: TestedProcessor.all, [MapType.perCPUArray, .perCPUHash])
  func `are those of the worker's own`(tested: TestedProcessor, type: MapType) throws {
    let map = MapDefinition(name: "own", type: type, keySize: 4, valueSize: 24, maxEntries: 5)
    let text = """
      r1 = 3
      *(u32 *)(r10 -4) = r1
      r1 = map[idx:0]
      r2 = r10
      r2 += -4
      call 1
      r1 = r0
      r0 = 1
      if r1 == 0 goto done
      r0 = *(u32 *)(r1 +8)
      done:
      exit
      """
    let verified = try Verifier(.xdp()).verify(try Program.assembled(text, named: "own", maps: [map]))
    let loaded = try LoadedObject([verified], options: LoadOptions(cpuCount: 3))
    let compiled = try loaded.compiled(verified, on: tested.processor)
    let values: [[UInt8]] = (0..<3).map { cpu in
      (0..<24).map { $0 == 8 ? UInt8(10 + cpu) : 0 }
    }
    try loaded.maps[0].update([3, 0, 0, 0], to: values.flatMap { $0 }, .any)
    let packet = [UInt8](repeating: 0, count: 60)
    for cpu in 0..<3 {
      var batch = PacketBatch(pool: try FramePool(frameCount: 1, geometry: .kernelTestRun))
      let isIn = batch.append(copying: packet.rawBytes)
      #expect(isIn)
      var verdicts = Verdicts(), worker = loaded.makeWorker(cpu: cpu)
      compiled.run(&batch, verdicts: &verdicts, on: &worker)
      #expect(verdicts.returned[0] == UInt32(10 + cpu))
    }
  }
}
