import BPF
import BPFMaps
import BPFRuntime
import XDP

/// An interpreter of a program made in memory, with XDP's context and helpers.
func engine(
  _ instructions: [Instruction],
  attachType: AttachType = .xdp,
  maps: [UserMap] = []
) throws(BindingError) -> Interpreter {
  let program = Program("test", instructions, attachType: attachType, maps: maps.map(\.definition))
  return try Interpreter(program, in: .xdp(for: attachType, maps: maps))
}

/// What one run of a program made in memory does to a packet.
func runOnce(
  _ instructions: [Instruction],
  on input: PacketTest.Input = PacketTest.Input([UInt8](repeating: 0, count: 64)),
  attachType: AttachType = .xdp,
  maps: [UserMap] = [],
  geometry: FrameGeometry = .kernelTestRun
) throws -> PacketTest.Outcome {
  var test = try PacketTest(engine(instructions, attachType: attachType, maps: maps), geometry: geometry)
  return try test.run(input)
}

/// Returns a number and nothing else.
func returning(_ value: Int32) -> [Instruction] { [.alu(.mov, .doubleWord, .r0, .immediate(value)), .exit] }
