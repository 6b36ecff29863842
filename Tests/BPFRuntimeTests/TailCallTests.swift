import BPF
import BPFMaps
import BPFRuntime
import Testing

@Suite struct `A tail call out of a function` {
  /// Calls a function that jumps to another program, then goes on with helpers and maps of its own.
  private let caller = """
    r6 = r1
    call jumps
    r7 = r0
    call bpf_get_smp_processor_id#8
    r7 += r0
    *(u32 *)(r10 -4) = 1
    r2 = r10
    r2 += -4
    r1 = map[idx:1]
    call bpf_map_lookup_elem#1
    if r0 == 0 goto out
    r0 = *(u64 *)(r0 +8)
    r0 += r7
    out: exit
    jumps: r2 = map[idx:0]
    r3 = 0
    call bpf_tail_call#12
    r0 = 9
    exit
    """

  /// Its maps and helpers stand at the caller's indices and are others.
  private let target = """
    call bpf_ktime_get_ns#5
    *(u64 *)(r10 -8) = 0
    r2 = r10
    r2 += -8
    r1 = map[idx:0]
    call bpf_map_lookup_elem#1
    if r0 == 0 goto none
    r0 = 77
    exit
    none: r0 = 5
    exit
    """

  private func run(_ mode: Mode, withTarget isThere: Bool) throws -> RunOutcome {
    let programs = try #require(try makeMap(.programArray, value: 4) as? ProgramArrayMap)
    defer { programs.removeAllPrograms() }
    let values = try makeMap(.array, value: 16), others = try makeMap(.hash, key: 8, value: 1)
    try values.update([1, 0, 0, 0], to: [UInt8](repeating: 0, count: 8) + [100, 0, 0, 0, 0, 0, 0, 0])
    if isThere {
      let program = try Interpreter(.with([others], target, named: "target"), in: .with([others]))
      try programs.set(program, id: 1, at: 0)
    }
    let machine = Machine(cpu: 20)
    let program = try Program.with([programs, values], caller)
    for _ in 0..<2 { _ = try mode.run(program, in: .with([programs, values]), on: machine) }
    return try mode.run(program, in: .with([programs, values]), on: machine)
  }

  @Test(arguments: Mode.allCases)
  func `comes back to a caller that has its own maps and helpers again`(mode: Mode) throws {
    #expect(try run(mode, withTarget: true).value == 5 + 20 + 100)
  }

  @Test(arguments: Mode.allCases)
  func `goes on in the function where there is no program`(mode: Mode) throws {
    #expect(try run(mode, withTarget: false).value == 9 + 20 + 100)
  }
}
