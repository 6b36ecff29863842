import BPF
import BPFVerifier
import Testing

@Suite struct `Profiles of older kernels` {
  /// A program of these instructions and an exit.
  private static func program(_ instructions: [Instruction]) -> Program {
    Program("subject", instructions + [.alu(.mov, .doubleWord, .r0, .immediate(2)), .exit])
  }

  @Test(arguments: [
    (Instruction.call(.helper(1)), nil), (.call(.helper(155)), nil),
    (.call(.helper(156)), KernelVersion(5, 11)), (.call(.helper(162)), KernelVersion(5, 11)),
    (.call(.helper(163)), KernelVersion(5, 12)),
    (.call(.helper(181)), KernelVersion(5, 17)), (.call(.helper(188)), KernelVersion(5, 18)),
    (.call(.helper(204)), KernelVersion(6, 0)), (.call(.helper(211)), KernelVersion(6, 2)),
    (.mayGoto(offset: 0), KernelVersion(6, 9)),
    (.moveSignExtending(.byte, .doubleWord, .r1, from: .r1), KernelVersion(6, 6)),
    (.swap(.always, .word, .r1), KernelVersion(6, 6)), (.swap(.toBigEndian, .word, .r1), nil),
    (.atomic(.add(fetch: false), .doubleWord, .r1, at: Address(.r10, -8)), nil),
    (.atomic(.add(fetch: true), .doubleWord, .r1, at: Address(.r10, -8)), KernelVersion(5, 12)),
  ])
  func `know since when an instruction is there`(instruction: Instruction, since: KernelVersion?) {
    let program = Self.program([instruction])
    let objections = KernelProfile(.v5_10).objections(to: program)
    #expect(objections.map(\.since) == (since.map { [$0] } ?? []))
    #expect(objections.allSatisfy { $0.slot == 0 })
    #expect(KernelProfile(.v6_18).objections(to: program).isEmpty)
    if let since {
      #expect(KernelProfile(since).objections(to: program).isEmpty)
      #expect(
        !KernelProfile(KernelVersion(since.major, since.minor - 1)).objections(to: program).isEmpty
          || since.minor == 0
      )
    }
  }

  @Test func `object to maps, fragments and kernel functions`() {
    var program = Self.program([.call(.kernelFunction(btfID: 0, module: 0))])
    program.flags = .frags
    program.maps = [MapDefinition(name: "seen", type: .bloomFilter, keySize: 0, valueSize: 4, maxEntries: 8)]
    program.externs = [Extern(name: "bpf_iter_num_new", kind: .function, isWeak: false, type: 0, slots: [0])]
    #expect(
      KernelProfile(.v5_15).objections(to: program).map { "\($0.message), \($0.since)" } == [
        "knows frames in several buffers (xdp.frags), 5.18", "has the map 'seen' of type bloom_filter, 5.16",
        "calls the kernel function bpf_iter_num_new, 6.4",
      ]
    )
  }

  @Test func `object to flags of maps and to what their values hold`() {
    var program = Self.program([])
    var map = MapDefinition(name: "work", type: .array, keySize: 4, valueSize: 64, maxEntries: 1)
    map.flags = [.mappable, .innerMap, MapFlags(rawValue: 1 << 17)]
    map.fields = [KernelField(.spinLock, at: 0), KernelField(.timer, at: 8), KernelField(.workQueue, at: 24)]
    program.maps = [map]
    func objections(_ version: KernelVersion) -> [String] {
      KernelProfile(version).objections(to: program).map { "\($0.message), \($0.since)" }
    }
    let flag = "has the map 'work' with the flag BPF_F_SEGV_ON_FAULT, 6.9"
    let queue = "has a struct bpf_wq in the values of 'work', 6.10"
    #expect(objections(.v5_10) == [flag, "has a struct bpf_timer in the values of 'work', 5.15", queue])
    #expect(objections(.v6_6) == [flag, queue])
    #expect(objections(.v6_12) == [])
  }

  @Test func `say a thing once`() {
    let program = Self.program([.call(.helper(181)), .call(.helper(181))])
    #expect(KernelProfile(.v5_10).objections(to: program).count == 1)
  }

  @Test(arguments: [
    ("bpf_xdp_ct_lookup", KernelVersion(5, 18)), ("bpf_xdp_ct_alloc", KernelVersion(6, 0)),
    ("bpf_dynptr_from_xdp", KernelVersion(6, 4)), ("bpf_strcmp", KernelVersion(6, 17)),
    ("crash_kexec", KernelVersion(6, 1)), ("bpf_rbtree_add_impl", KernelVersion(6, 4)),
    ("bpf_list_push_back_impl", KernelVersion(6, 4)), ("bpf_dynptr_copy", KernelVersion(6, 15)),
    ("bpf_iter_dmabuf_new", KernelVersion(6, 16)), ("bpf_cgroup_read_xattr", KernelVersion(6, 17)),
    ("bpf_strcasecmp", KernelVersion(6, 18)), ("bpf_res_spin_lock", KernelVersion(6, 15)),
  ])
  func `know since when a kernel function is there`(name: String, since: KernelVersion) {
    #expect(KernelProfile.since(function: name) == since)
  }

  @Test func `know every kernel function that has a prototype`() {
    let unknown = GeneralPrototypes.functions.filter { KernelProfile.since(function: $0.name) == nil }
    #expect(unknown.map(\.name) == [])
    #expect(KernelProfile.since(function: "bpf_no_such_function") == nil)
  }
}
