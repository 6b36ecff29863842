/* Configuration alone, which every engine can supply: the verdict says that all values arrived. */
#include "xdp.h"

extern u32 LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern u64 CONFIG_HZ __kconfig;
extern u64 CONFIG_NOWHERE __kconfig __weak;

SEC("xdp") int ask(struct xdp_md *ctx) {
  if (LINUX_KERNEL_VERSION != 0x61200 || !CONFIG_BPF_SYSCALL || CONFIG_HZ != 250) return XDP_DROP;
  return CONFIG_NOWHERE ? XDP_TX : XDP_PASS;
}

char _license[] SEC("license") = "GPL";
