/// Since which Linux each kernel function is there that XDP programs may call today.
///
/// Some came to XDP programs later than to others; that is not told.
enum KernelFunctionAges {
  static func since(_ name: String) -> KernelVersion? { ages[name] }

  private static let ages = Dictionary(
    uniqueKeysWithValues: table.flatMap { entry in entry.names.map { ($0, entry.since) } }
  )

  private static let table: [(since: KernelVersion, names: [String])] = [
    (
      KernelVersion(5, 18),
      [
        "bpf_xdp_ct_lookup", "bpf_skb_ct_lookup", "bpf_ct_release",
      ]
    ),
    (
      KernelVersion(6, 0),
      [
        "bpf_xdp_ct_alloc", "bpf_skb_ct_alloc", "bpf_ct_insert_entry", "bpf_ct_set_timeout",
        "bpf_ct_change_timeout", "bpf_ct_set_status", "bpf_ct_change_status",
      ]
    ),
    (
      KernelVersion(6, 1),
      [
        "crash_kexec", "bpf_ct_set_nat_info", "bpf_lookup_user_key", "bpf_lookup_system_key",
        "bpf_key_put", "bpf_verify_pkcs7_signature",
      ]
    ),
    (
      KernelVersion(6, 2),
      [
        "bpf_cast_to_kern_ctx", "bpf_rdonly_cast", "bpf_rcu_read_lock", "bpf_rcu_read_unlock",
        "bpf_obj_new_impl", "bpf_obj_drop_impl", "bpf_list_pop_front", "bpf_list_pop_back",
        "bpf_task_acquire", "bpf_task_release", "bpf_task_from_pid", "bpf_cgroup_acquire",
        "bpf_cgroup_release", "bpf_cgroup_ancestor",
      ]
    ),
    (
      KernelVersion(6, 3),
      [
        "bpf_xdp_metadata_rx_timestamp", "bpf_xdp_metadata_rx_hash", "bpf_rbtree_remove",
        "bpf_rbtree_first",
      ]
    ),
    (
      KernelVersion(6, 4),
      [
        "bpf_rbtree_add_impl", "bpf_list_push_back_impl", "bpf_list_push_front_impl",
        "bpf_dynptr_from_xdp", "bpf_dynptr_slice", "bpf_dynptr_slice_rdwr", "bpf_iter_num_new",
        "bpf_iter_num_next", "bpf_iter_num_destroy", "bpf_refcount_acquire_impl", "bpf_cgroup_from_id",
      ]
    ),
    (
      KernelVersion(6, 5),
      [
        "bpf_dynptr_adjust", "bpf_dynptr_is_null", "bpf_dynptr_is_rdonly", "bpf_dynptr_size",
        "bpf_dynptr_clone", "bpf_task_under_cgroup",
      ]
    ),
    (
      KernelVersion(6, 6),
      [
        "bpf_map_sum_elem_count"
      ]
    ),
    (
      KernelVersion(6, 7),
      [
        "bpf_throw", "bpf_percpu_obj_new_impl", "bpf_percpu_obj_drop_impl", "bpf_iter_task_vma_new",
        "bpf_iter_task_vma_next", "bpf_iter_task_vma_destroy", "bpf_iter_css_task_new",
        "bpf_iter_css_task_next", "bpf_iter_css_task_destroy", "bpf_iter_css_new", "bpf_iter_css_next",
        "bpf_iter_css_destroy", "bpf_iter_task_new", "bpf_iter_task_next", "bpf_iter_task_destroy",
      ]
    ),
    (
      KernelVersion(6, 8),
      [
        "bpf_xdp_metadata_rx_vlan_tag", "bpf_xdp_get_xfrm_state", "bpf_xdp_xfrm_state_release",
        "bpf_task_get_cgroup1",
      ]
    ),
    (
      KernelVersion(6, 9),
      [
        "bpf_arena_alloc_pages", "bpf_arena_free_pages", "bpf_modify_return_test_tp",
      ]
    ),
    (
      KernelVersion(6, 10),
      [
        "bpf_wq_init", "bpf_wq_set_callback_impl", "bpf_wq_start", "bpf_preempt_disable",
        "bpf_preempt_enable", "bpf_crypto_decrypt", "bpf_crypto_encrypt",
      ]
    ),
    (
      KernelVersion(6, 11),
      [
        "bpf_iter_bits_new", "bpf_iter_bits_next", "bpf_iter_bits_destroy", "bpf_xdp_flow_lookup",
      ]
    ),
    (
      KernelVersion(6, 12),
      [
        "bpf_copy_from_user_str"
      ]
    ),
    (
      KernelVersion(6, 13),
      [
        "bpf_get_kmem_cache", "bpf_iter_kmem_cache_new", "bpf_iter_kmem_cache_next",
        "bpf_iter_kmem_cache_destroy", "bpf_send_signal_task",
      ]
    ),
    (
      KernelVersion(6, 14),
      [
        "bpf_local_irq_save", "bpf_local_irq_restore", "bpf_task_from_vpid",
      ]
    ),
    (
      KernelVersion(6, 15),
      [
        "bpf_dynptr_copy", "bpf_res_spin_lock", "bpf_res_spin_unlock", "bpf_res_spin_lock_irqsave",
        "bpf_res_spin_unlock_irqrestore", "bpf_copy_from_user_task_str",
      ]
    ),
    (
      KernelVersion(6, 16),
      [
        "__bpf_trap", "bpf_iter_dmabuf_destroy", "bpf_iter_dmabuf_next", "bpf_iter_dmabuf_new",
        "bpf_list_front", "bpf_list_back", "bpf_rbtree_root", "bpf_rbtree_left", "bpf_rbtree_right",
        "bpf_probe_read_user_dynptr", "bpf_probe_read_kernel_dynptr", "bpf_probe_read_user_str_dynptr",
        "bpf_probe_read_kernel_str_dynptr", "bpf_copy_from_user_dynptr", "bpf_copy_from_user_str_dynptr",
        "bpf_copy_from_user_task_dynptr", "bpf_copy_from_user_task_str_dynptr",
      ]
    ),
    (
      KernelVersion(6, 17),
      [
        "bpf_cgroup_read_xattr", "bpf_dynptr_memset", "bpf_strcmp", "bpf_strchr", "bpf_strchrnul",
        "bpf_strnchr", "bpf_strrchr", "bpf_strlen", "bpf_strnlen", "bpf_strspn", "bpf_strcspn",
        "bpf_strstr", "bpf_strnstr", "bpf_stream_vprintk_impl", "bpf_arena_reserve_pages",
      ]
    ),
    (
      KernelVersion(6, 18),
      [
        "bpf_xdp_pull_data", "bpf_strcasecmp", "bpf_task_work_schedule_signal_impl",
        "bpf_task_work_schedule_resume_impl",
      ]
    ),
  ]
}
