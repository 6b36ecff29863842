import BPF
import Testing

@Suite struct `Helper names` {
  @Test(arguments: [
    (1, "bpf_map_lookup_elem"), (5, "bpf_ktime_get_ns"), (12, "bpf_tail_call"), (44, "bpf_xdp_adjust_head"),
    (51, "bpf_redirect_map"), (54, "bpf_xdp_adjust_meta"), (65, "bpf_xdp_adjust_tail"),
    (69, "bpf_fib_lookup"),
    (131, "bpf_ringbuf_reserve"), (188, "bpf_xdp_get_buff_len"), (211, "bpf_cgrp_storage_delete"),
  ])
  func `a helper has the kernel's name and number`(id: UInt32, name: String) {
    #expect(HelperNames.name(of: id) == name)
    #expect(HelperNames.id(of: name) == id)
  }

  @Test func `all 211 helpers have a name of their own`() {
    #expect(HelperNames.last == 211)
    let names = (1...211 as ClosedRange<UInt32>).compactMap { HelperNames.name(of: $0) }
    #expect(Set(names).count == 211)
  }

  @Test(arguments: [0, 212, .max] as [UInt32])
  func `other numbers have none`(id: UInt32) { #expect(HelperNames.name(of: id) == nil) }

  @Test(arguments: ["", "bpf_", "map_lookup_elem", "bpf_nonsense"])
  func `other names have no number`(name: String) { #expect(HelperNames.id(of: name) == nil) }
}
