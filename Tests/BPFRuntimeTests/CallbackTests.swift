import BPF
import BPFMaps
import BPFRuntime
import Testing

@Suite struct `Functions that helpers call back` {
  @Test(arguments: Mode.allCases)
  func `have a frame of their own, and the caller's registers come back`(mode: Mode) throws {
    let text = """
      r6 = 6
      r7 = 7
      *(u64 *)(r10 -8) = 0
      r1 = 5
      r2 = callee ll
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_loop#181
      r1 = *(u64 *)(r10 -8)
      r0 *= 1000
      r0 += r1
      r0 += r6
      r0 += r7
      exit
      callee: r6 = r1
      *(u64 *)(r10 -8) = 99
      r3 = *(u64 *)(r2 +0)
      r3 += r6
      *(u64 *)(r2 +0) = r3
      r0 = 0
      r7 = 0
      exit
      """
    #expect(try mode.run(text).value == 5000 + 10 + 13)
  }

  @Test(arguments: Mode.allCases)
  func `loop within loops, as deep as there are frames`(mode: Mode) throws {
    // Each level calls the next one back; the count of levels is in the context.
    func text(_ levels: Int) -> String {
      (1...levels).map { level in
        let call = "r1 = 1\nr2 = level\(level) ll\nr3 = 0\nr4 = 0\ncall bpf_loop#181\n"
        return call + "r0 = \(level == 1 ? 1 : 0)\nexit\nlevel\(level):\n"
      }.joined() + "r0 = 0\nexit"
    }
    #expect(try mode.run(text(7)).value == 1)
    #expect(try mode.run(text(8)).trap?.kind == .callDepth)
  }

  @Test(arguments: Mode.allCases)
  func `end the run by a trap of their own`(mode: Mode) throws {
    let text =
      "r1 = 9\nr2 = callee ll\nr3 = 0\nr4 = 0\ncall bpf_loop#181\nr0 = 1\nexit\ncallee: r0 = *(u64 *)(r2 +0)\nexit"
    let trap = try mode.run(text).trap
    #expect(trap?.kind == .outOfBounds)
    #expect(trap?.slot == 8)
    // The same machine runs the next program as if nothing had been.
    #expect(try mode.run("r0 = 4\nexit").value == 4)
  }

  @Test(arguments: Mode.allCases)
  func `are paid for`(mode: Mode) throws {
    let text =
      "r1 = 8388608\nr2 = callee ll\nr3 = 0\nr4 = 0\ncall bpf_loop#181\nr0 = 1\nexit\ncallee: r0 = 0\nexit"
    #expect(try mode.run(text, budget: 100_000).trap?.kind == .budget)
  }

  @Test(arguments: Mode.allCases, ["r2 = 5", "r2 = r10", "r2 = callee ll\nr2 += 4", "r2 = 0"])
  func `are functions of the program and nothing else`(mode: Mode, function: String) throws {
    let text = "\(function)\nr1 = 9\nr3 = 0\nr4 = 0\ncall bpf_loop#181\nr0 = 1\nexit\ncallee: r0 = 0\nexit"
    #expect(try mode.run(text).trap?.kind == .badArgument)
  }

  @Test func `loop eight million times without the host's stack growing`() throws {
    let text =
      "r1 = 8388608\nr2 = callee ll\nr3 = 0\nr4 = 0\ncall bpf_loop#181\nexit\ncallee: r0 = 0\nr0 = 0\nexit"
    #if DEBUG
    let shorter = text.replacing("8388608", with: "200000")
    #expect(try Mode.fast.run(shorter, budget: 1 << 32).value == 200_000)
    #else
    #expect(try Mode.fast.run(text, budget: 1 << 32).value == 8_388_608)
    #endif
  }

  @Test(arguments: Mode.allCases)
  func `see a key only as long as the walk lasts`(mode: Mode) throws {
    let map = MapDefinition(name: "map", type: .hash, keySize: 8, valueSize: 8, maxEntries: 4)
    let text = """
      r1 = map[idx:0]
      r2 = visit ll
      r3 = r10
      r3 += -8
      r4 = 0
      call bpf_for_each_map_elem#164
      r1 = *(u64 *)(r10 -8)
      r0 = *(u64 *)(r1 +0)
      exit
      visit: *(u64 *)(r4 +0) = r2
      r0 = *(u64 *)(r2 +0)
      r0 &= 0
      exit
      """
    let outcome = try mode.run(text, over: [map]) {
      try $0[0].update([1, 0, 0, 0, 0, 0, 0, 0], to: .init(repeating: 0, count: 8))
    }
    #expect(outcome.trap?.kind == .outOfBounds)
    #expect(outcome.trap?.slot == 9)
  }
}

@Suite struct `Objects on the stack` {
  private static let make = "r1 = r10\nr1 += -8\nr2 = 3\nr3 = 5\ncall kernel-function#0\n"

  private func run(_ mode: Mode, _ text: String, _ calls: [String]) throws -> RunOutcome {
    var program = Program("test", try Assembler.assemble(text))
    var slot = 0, names = calls[...]
    for instruction in program.instructions {
      if case .call(.kernelFunction) = instruction, let name = names.popFirst() {
        program.externs.append(Extern(name: name, kind: .function, isWeak: false, type: 0, slots: [slot]))
      }
      slot += instruction.slotCount
    }
    return try mode.run(program, in: .with([]))
  }

  @Test(arguments: Mode.allCases)
  func `are made by helpers alone`(mode: Mode) throws {
    let next = "r1 = r10\nr1 += -8\ncall kernel-function#0\nr0 = *(u32 *)(r0 +0)\nexit"
    #expect(try run(mode, Self.make + next, ["bpf_iter_num_new", "bpf_iter_num_next"]).value == 3)
    let forged = "*(u64 *)(r10 -8) = 65537\n" + next
    #expect(try run(mode, forged, ["bpf_iter_num_next"]).trap?.kind == .helper)
    let overwritten = Self.make + "*(u8 *)(r10 -7) = 1\n" + next
    let calls = ["bpf_iter_num_new", "bpf_iter_num_next"]
    #expect(try run(mode, overwritten, calls).trap?.kind == .helper)
    let moved =
      Self.make + "r1 = *(u64 *)(r10 -8)\n*(u64 *)(r10 -16) = r1\n"
      + next.replacing("-8", with: "-16")
    #expect(try run(mode, moved, calls).trap?.kind == .helper)
    let other = Self.make + next
    #expect(try run(mode, other, ["bpf_iter_num_new", "bpf_iter_bits_next"]).trap != nil)
  }

  @Test(arguments: Mode.allCases)
  func `show a number only as long as they live, and only to be read`(mode: Mode) throws {
    let next = "r1 = r10\nr1 += -8\ncall kernel-function#0\nr6 = r0\n"
    let destroy = "r1 = r10\nr1 += -8\ncall kernel-function#0\n"
    let calls = ["bpf_iter_num_new", "bpf_iter_num_next", "bpf_iter_num_destroy"]
    #expect(
      try run(mode, Self.make + next + destroy + "r0 = *(u32 *)(r6 +0)\nexit", calls).trap?.kind
        == .outOfBounds
    )
    #expect(
      try run(mode, Self.make + next + "*(u32 *)(r6 +0) = 1\nr0 = 0\nexit", calls).trap?.kind == .notAllowed
    )
    #expect(try run(mode, Self.make + next + "r0 = *(u32 *)(r6 +4)\nexit", calls).trap?.kind == .outOfBounds)
  }

  @Test(arguments: Mode.allCases)
  func `that a kernel function is asked for by a name that is not there are named`(mode: Mode) throws {
    let trap = try run(mode, "call kernel-function#0\nexit", ["bpf_obj_new_impl"]).trap
    #expect(trap?.kind == .unknownHelper)
    #expect(trap?.message.contains("bpf_obj_new_impl") == true)
    #expect(trap?.message.contains("allocate") == true)
  }

  @Test(arguments: Mode.allCases)
  func `of a ring buffer are given back when the run forgets them`(mode: Mode) throws {
    let ring = MapDefinition(name: "ring", type: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096)
    let text = """
      r1 = map[idx:0]
      r2 = 16
      r3 = 0
      r4 = r10
      r4 += -16
      call bpf_ringbuf_reserve_dynptr#198
      r0 = 0
      exit
      """
    var maps: [UserMap] = []
    _ = try mode.run(text, over: [ring]) { maps = $0 }
    let map = try #require(maps[0] as? RingBufferMap)
    #expect(map.takeRecords().isEmpty)
    #expect(map.query(0) == 0)
  }
}

@Suite struct `Spin locks` {
  private let map = MapDefinition(
    name: "map",
    type: .array,
    keySize: 4,
    valueSize: 16,
    maxEntries: 1,
    fields: [KernelField(.spinLock, at: 8)]
  )
  private let lookup = """
    *(u32 *)(r10 -4) = 0
    r1 = map[idx:0]
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem#1
    r6 = r0

    """

  @Test(arguments: Mode.allCases)
  func `are let go when a run ends holding one`(mode: Mode) throws {
    for end in ["r0 = 5\nexit", "r0 = *(u64 *)(r6 +16)\nexit"] {
      var maps: [UserMap] = []
      _ = try mode.run(lookup + "r1 = r6\nr1 += 8\ncall bpf_spin_lock#93\n" + end, over: [map]) { maps = $0 }
      #expect(try maps[0].lookup([0, 0, 0, 0]) == [UInt8](repeating: 0, count: 16))
    }
  }

  @Test(arguments: Mode.allCases, [0, 4, 9, 12])
  func `are only where the value's type has one`(mode: Mode, offset: Int) throws {
    let outcome = try mode.run(lookup + "r1 = r6\nr1 += \(offset)\ncall bpf_spin_lock#93\nexit", over: [map])
    #expect(outcome.trap?.kind == .badArgument)
  }

  @Test(arguments: Mode.allCases)
  func `are not taken twice, nor let go by one who does not hold them`(mode: Mode) throws {
    let lock = "r1 = r6\nr1 += 8\ncall bpf_spin_lock#93\n",
      unlock = lock.replacing("lock#93", with: "unlock#94")
    #expect(try mode.run(lookup + lock + lock + "r0 = 0\nexit", over: [map]).trap?.kind == .helper)
    #expect(try mode.run(lookup + unlock + "r0 = 0\nexit", over: [map]).trap?.kind == .helper)
    #expect(try mode.run(lookup + lock + unlock + lock + unlock + "r0 = 3\nexit", over: [map]).value == 3)
  }

  /// The kernel's verifier refuses such programs; the interpreter, which is lenient, only keeps them within the value.
  @Test(arguments: [
    "r0 = *(u32 *)(r6 +8)", "r0 = *(u64 *)(r6 +8)", "r0 = *(u16 *)(r6 +10)", "r0 = *(u8 *)(r6 +11)",
    "*(u32 *)(r6 +8) = 0", "*(u64 *)(r6 +8) = 0", "*(u8 *)(r6 +11) = 1", "r1 = 1\nlock *(u32 *)(r6 +8) += r1",
  ])
  func `are out of reach for the oracle's programs`(access: String) throws {
    let trap = try Mode.oracle.run(lookup + access + "\nr0 = 0\nexit", over: [map]).trap
    #expect(trap?.kind == .notAllowed)
    #expect(trap?.message.hasSuffix("where only helpers touch the bpf_spin_lock") == true)
  }

  /// A timer has two words, and neither is a program's.
  @Test(arguments: ["r0 = *(u64 *)(r6 +0)", "*(u64 *)(r6 +8) = 0", "r0 = *(u8 *)(r6 +15)"])
  func `are out of reach for the oracle's programs as timers are`(access: String) throws {
    var map = map
    map.valueSize = 24
    map.fields = [KernelField(.timer, at: 0)]
    let trap = try Mode.oracle.run(lookup + access + "\nr0 = 0\nexit", over: [map]).trap
    #expect(trap?.kind == .notAllowed)
    #expect(trap?.message.hasSuffix("where only helpers touch the bpf_timer") == true)
    #expect(try Mode.oracle.run(lookup + "r0 = *(u64 *)(r6 +16)\nexit", over: [map]).value == 0)
  }

  @Test(arguments: ["r0 = *(u64 *)(r6 +0)", "r0 = *(u32 *)(r6 +4)", "*(u32 *)(r6 +12) = 0"])
  func `leave what lies beside them to programs`(access: String) throws {
    #expect(try Mode.oracle.run(lookup + access + "\nr0 = 0\nexit", over: [map]).value == 0)
  }

  @Test func `are out of reach for helpers too`() throws {
    let store =
      "r1 = map[idx:0]\nr2 = r10\nr2 += -4\nr3 = r6\nr4 = 0\ncall bpf_map_update_elem#2\nr0 = 0\nexit"
    #expect(try Mode.oracle.run(lookup + store, over: [map]).trap?.kind == .notAllowed)
  }
}
