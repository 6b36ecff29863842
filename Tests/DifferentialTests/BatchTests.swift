import BPF
import BPFJIT
import BPFMaps
import BPFRuntime
import BPFVerifier
import Emulation
import TestSupport
import Testing
import XDP

/// Whole batches in machine code, beside the interpreter packet by packet.
@Suite struct `Batches in machine code` {
  private static func batch(_ packets: [[UInt8]]) throws -> PacketBatch {
    // So many frames that their memory is asked for ahead; elsewhere there are fewer.
    var batch = PacketBatch(pool: try FramePool(frameCount: 160, geometry: .kernelTestRun))
    batch.ingressIfindex = 7
    for packet in packets {
      let isIn = batch.append(copying: packet.rawBytes)
      #expect(isIn)
    }
    return batch
  }

  /// Programs that look at no packet through a helper run as a loop; these are among the fixtures.
  @Test(
    arguments: [
      "arithmetic", "checksums", "configuration", "counters", "functions", "port_knocking", "tenants",
    ],
    TestedProcessor.all
  )
  func `give the interpreter's actions, answers and maps`(name: String, tested: TestedProcessor) throws {
    let programs = try ProgramSubject(name).programs()
    let verified = try programs.map { try Verifier(.xdp()).verify($0) }
    let options = LoadOptions(clock: .fixed(5), seed: 3)
    let interpreted = try LoadedObject(verified, options: options)
    let machine = try LoadedObject(verified, options: options)
    let compiled = try verified.map { try machine.compiled($0, on: tested.processor) }
    var worker = interpreted.makeWorker(), other = machine.makeWorker()
    let steps = ProgramPackets(seed: 0, cut: true).steps.map(\.bytes).filter { $0.count <= 3_000 }
    for start in stride(from: 0, to: steps.count, by: 61) {
      // A batch of one, a short one, a full one.
      let packets = Array(steps[start..<min(start + [1, 17, 61][start / 61 % 3], steps.count)])
      var first = try Self.batch(packets), second = try Self.batch(packets)
      for index in programs.indices {
        var expected = Verdicts(), found = Verdicts()
        interpreted.engines[index].run(&first, verdicts: &expected, on: &worker)
        compiled[index].run(&second, verdicts: &found, on: &other)
        for packet in packets.indices {
          #expect(found.actions[packet] == expected.actions[packet])
          #expect(found.returned[packet] == expected.returned[packet])
        }
        for packet in packets.count..<64 { #expect(found.actions[packet] == 0) }
      }
    }
    // A map of maps holds numbers that each load has of its own.
    for (ours, theirs) in zip(machine.maps, interpreted.maps)
    where ![.arrayOfMaps, .hashOfMaps].contains(ours.definition.type) {
      #expect(try contents(of: ours) == contents(of: theirs), "\(ours.definition.name)")
    }
  }

  @Test(arguments: [UInt32(0), 1, 4, 5, 0x1_0000, .max], TestedProcessor.all)
  func `count an answer that is no action as aborted`(answer: UInt32, tested: TestedProcessor) throws {
    let program = Program(
      "answer",
      [.alu(.mov, .word, .r0, .immediate(Int32(bitPattern: answer))), .exit]
    )
    let verified = try Verifier(.xdp()).verify(program)
    let loaded = try LoadedObject([verified])
    let compiled = try loaded.compiled(verified, on: tested.processor)
    var batch = try Self.batch([[UInt8](repeating: 1, count: 60), [UInt8](repeating: 2, count: 60)])
    var verdicts = Verdicts(), worker = loaded.makeWorker()
    verdicts.targets[1] = RedirectTarget(map: nil, key: 9, ifindex: 9)
    compiled.run(&batch, verdicts: &verdicts, on: &worker)
    #expect(verdicts.returned[1] == answer)
    #expect(verdicts.actions[1] == (answer <= 4 ? UInt8(answer) : 0))
    #expect(answer != 4 || verdicts.targets[1] == .none)
    #expect(worker.runCount == 2)
  }

  /// A loop of ten thousand calls, which somebody asks to end.
  private static let looping = Program(
    "looping",
    [
      .alu(.mov, .doubleWord, .r1, .immediate(10_000)), .loadImmediate(.r2, .function(offset: 6)),
      .alu(.mov, .doubleWord, .r3, .immediate(0)), .alu(.mov, .doubleWord, .r4, .immediate(0)),
      .call(.helper(181)), .alu(.mov, .doubleWord, .r0, .immediate(2)), .exit,
      .alu(.mov, .doubleWord, .r0, .immediate(0)), .exit,
    ],
    license: "GPL",
    functions: [
      Function(name: "looping", slot: 0, isGlobal: true), Function(name: "step", slot: 8, isGlobal: false),
    ]
  )

  @Test(arguments: TestedProcessor.all)
  func `go on behind a packet whose run was refused`(tested: TestedProcessor) throws {
    let verified = try Verifier(.xdp()).verify(Self.looping)
    let stop = StopRequest()
    let loaded = try LoadedObject([verified], options: LoadOptions(stop: stop))
    let compiled = try loaded.compiled(verified, on: tested.processor)
    var batch = try Self.batch([[UInt8](repeating: 1, count: 60), [UInt8](repeating: 2, count: 60)])
    var verdicts = Verdicts(), worker = loaded.makeWorker()
    compiled.run(&batch, verdicts: &verdicts, on: &worker)
    #expect(worker.traps.isEmpty)
    #expect([verdicts.actions[0], verdicts.actions[1]] == [2, 2])
    stop.make()
    compiled.run(&batch, verdicts: &verdicts, on: &worker)
    #expect(worker.traps.map(\.index) == [0, 1])
    #expect(worker.traps.allSatisfy { $0.trap.slot == 5 && $0.trap.message.contains("asked to stop") })
    #expect([verdicts.actions[0], verdicts.actions[1]] == [0, 0])
  }

  @Test func `are not made of a proof of something else`() throws {
    let verified = try Verifier(.xdp()).verify(Self.looping)
    var other = Program("looping", [.alu(.mov, .word, .r0, .immediate(1)), .exit])
    let loaded = try LoadedObject(unverified: [other])
    #expect(throws: CompilationError.self) { try loaded.compiled(verified) }
    other.name = "another"
    #expect(throws: CompilationError.self) { try loaded.compiled(try Verifier(.xdp()).verify(other)) }
  }
}
