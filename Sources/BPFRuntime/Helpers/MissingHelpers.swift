import BPF

/// Why a helper or kernel function that Linux gives to XDP programs does not exist here: its own answer, which names it.
public enum MissingHelpers {
  /// What a trap says of a helper that is not in an environment.
  public static func explanation(ofHelper id: UInt32) -> String {
    guard let name = HelperNames.name(of: id) else {
      return "calls helper number \(id), which this engine does not have"
    }
    return explanation(of: name, helpers[String(name.dropFirst(4))])
  }

  /// What a trap says of a kernel function that is not in an environment.
  public static func explanation(ofFunction name: String) -> String {
    let reason =
      functions.first { name == $0.prefix || ($0.prefix.hasSuffix("_") && name.hasPrefix($0.prefix)) }
    return explanation(of: "the kernel function \(name)", reason?.why)
  }

  private static func explanation(of what: String, _ why: String?) -> String {
    "calls \(what), which this engine does not have" + (why.map { ": \($0)" } ?? "")
  }

  /// The helpers of this table that Linux 6.18 gives to XDP programs, in order.
  public static var helperNames: [String] { helpers.keys.sorted().map { "bpf_" + $0 } }

  private static let sockets = "there are no sockets here"
  private static let tasks = "no task is at hand: a packet belongs to none"
  private static let groups = "no control group is at hand"
  private static let kernelMemory = "there is no kernel memory here"
  private static let userMemory = "there is no process whose memory could be read"
  private static let counters = "there are no hardware counters here"

  /// Without the `bpf_` that all share.
  private static let helpers: [String: String] = [
    "sk_lookup_tcp": sockets, "sk_lookup_udp": sockets, "skc_lookup_tcp": sockets, "sk_release": sockets,
    "skc_to_tcp6_sock": sockets, "skc_to_tcp_sock": sockets, "skc_to_tcp_timewait_sock": sockets,
    "skc_to_tcp_request_sock": sockets, "skc_to_udp6_sock": sockets, "skc_to_unix_sock": sockets,
    "skc_to_mptcp_sock": sockets, "tcp_check_syncookie": sockets, "tcp_gen_syncookie": sockets,
    "get_current_pid_tgid": tasks, "get_ns_current_pid_tgid": tasks, "get_current_uid_gid": tasks,
    "get_current_comm": tasks, "get_current_task": tasks, "get_current_task_btf": tasks,
    "get_task_stack": tasks, "task_pt_regs": tasks, "find_vma": tasks, "send_signal": tasks,
    "send_signal_thread": tasks, "task_storage_get": tasks, "task_storage_delete": tasks,
    "get_cgroup_classid": groups, "current_task_under_cgroup": groups, "get_current_cgroup_id": groups,
    "get_current_ancestor_cgroup_id": groups, "cgrp_storage_get": groups, "cgrp_storage_delete": groups,
    "probe_read_kernel": kernelMemory, "probe_read_kernel_str": kernelMemory, "snprintf_btf": kernelMemory,
    "per_cpu_ptr": kernelMemory, "this_cpu_ptr": kernelMemory,
    "kptr_xchg": "there are no kernel objects here that a value could hold",
    "probe_read_user": userMemory, "probe_read_user_str": userMemory, "copy_from_user": userMemory,
    "copy_from_user_task": userMemory,
    "perf_event_read": counters, "perf_event_read_value": counters, "get_branch_snapshot": counters,
    "user_ringbuf_drain": "there are no user ring buffers here",
  ]

  /// By name, or by what all names of a kind begin with.
  private static let functions: [(prefix: String, why: String)] = [
    ("bpf_xdp_metadata_", "metadata comes from a device's driver, of which there is none here"),
    ("bpf_xdp_ct_", "there is no connection tracking here"),
    ("bpf_ct_", "there is no connection tracking here"),
    ("bpf_skb_ct_", "there is no connection tracking here"),
    ("bpf_xdp_flow_lookup", "there is no flow table here"),
    ("bpf_xdp_get_xfrm_state", "there are no IPsec states here"),
    ("bpf_xdp_xfrm_state_release", "there are no IPsec states here"),
    ("bpf_crypto_", "there is no kernel cryptography here"),
    ("bpf_obj_", allocated), ("bpf_percpu_obj_", allocated), ("bpf_refcount_", allocated),
    ("bpf_list_", allocated), ("bpf_rbtree_", allocated),
    ("bpf_task_", tasks), ("bpf_send_signal_task", tasks), ("bpf_iter_task_", tasks),
    ("bpf_cgroup_", groups), ("bpf_iter_css_", groups),
    ("bpf_lookup_", "there are no keyrings here"), ("bpf_key_put", "there are no keyrings here"),
    ("bpf_verify_pkcs7_signature", "there are no keyrings here"),
    ("bpf_throw", "exceptions are not made here"),
    ("bpf_cast_to_kern_ctx", kernelMemory), ("bpf_rdonly_cast", kernelMemory),
    ("bpf_probe_read_kernel_", kernelMemory), ("bpf_get_kmem_cache", kernelMemory),
    ("bpf_iter_kmem_cache_", kernelMemory), ("bpf_iter_dmabuf_", kernelMemory),
    ("bpf_copy_from_user_", userMemory), ("bpf_probe_read_user_", userMemory),
    ("bpf_wq_", "there are no work queues here"), ("bpf_arena_", "there are no arenas here"),
    ("bpf_res_spin_", "there are no locks here that time out"),
    ("bpf_stream_", "there are no program streams here"),
    ("crash_kexec", "there is no kernel here to be crashed"),
    ("bpf_modify_return_test_tp", "it is there for the kernel's own tests"),
    ("__bpf_trap", "the compiler puts it where it takes the program for undefined"),
  ]

  private static let allocated = "programs cannot allocate objects here"
}
