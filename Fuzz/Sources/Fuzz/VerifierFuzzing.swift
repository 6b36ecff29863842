import BPF
import BPFRuntime
import BPFVerifier
import XDP

/// Programs of strangers before the verifier: it ends, and what it accepts touches nothing that it does not own.
enum VerifierFuzzing {
  private static let maps = [
    MapDefinition(name: "array", type: .array, keySize: 4, valueSize: 48, maxEntries: 4),
    MapDefinition(name: "hash", type: .hash, keySize: 8, valueSize: 16, maxEntries: 4),
    MapDefinition(name: "ring", type: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096),
    MapDefinition(name: "jumps", type: .programArray, keySize: 4, valueSize: 4, maxEntries: 4),
  ]

  private static let environment: VerifierEnvironment = {
    var environment = VerifierEnvironment.xdp()
    environment.limits.processedInstructions = 20_000
    return environment
  }()

  private static let faults: [Trap.Kind] = [
    .outOfBounds, .notAllowed, .badArgument, .badInstruction, .callDepth,
  ]

  static func feed(_ bytes: [UInt8]) {
    do {
      let code = unsafe try Instruction.decode(bytes: bytes.span.bytes)
      let program = Program("input", code, license: "GPL", maps: maps)
      _ = try Verifier(environment).verify(program)
      let object = try LoadedObject(unverified: [program])
      var test = try PacketTest(
        object.oracle(for: object.engines[0], stackPolicy: .readAsZero),
        on: object.makeWorker()
      )
      for length in [14, 60, 1514] {
        let packet = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ code.count) }
        guard let trap = try test.run(PacketTest.Input(packet)).trap else { continue }
        precondition(!faults.contains(trap.kind), "a program that was accepted trapped: \(trap)")
      }
    } catch {}
  }
}
