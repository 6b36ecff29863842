/* Symbols that the loader supplies: configuration, kernel functions and variables, weak and strong. */
#include "xdp.h"

enum libbpf_tristate { TRI_NO, TRI_YES, TRI_MODULE };

extern u32 LINUX_KERNEL_VERSION __kconfig;
extern bool CONFIG_BPF_SYSCALL __kconfig;
extern enum libbpf_tristate CONFIG_VETH __kconfig;
extern char CONFIG_IPV6 __kconfig;
extern u64 CONFIG_HZ __kconfig;
extern s16 CONFIG_SMALL __kconfig __weak;
extern const char CONFIG_DEFAULT_HOSTNAME[16] __kconfig __weak;

extern int bpf_xdp_metadata_rx_hash(const struct xdp_md *ctx, u32 *hash, u32 *type) __ksym;
extern void bpf_missing___flavour(void) __ksym __weak;
extern const int bpf_prog_active __ksym;
extern const void init_task __ksym;
extern const int absent __ksym __weak;

SEC("xdp") int ask(struct xdp_md *ctx) {
  u32 hash = 0, type = 0;
  u64 sum = LINUX_KERNEL_VERSION + CONFIG_BPF_SYSCALL + CONFIG_VETH + CONFIG_IPV6 + CONFIG_HZ + CONFIG_SMALL;
  sum += CONFIG_DEFAULT_HOSTNAME[1];
  if (bpf_missing___flavour) bpf_missing___flavour();
  if (bpf_xdp_metadata_rx_hash(ctx, &hash, &type) == 0) sum += hash;
  sum += (u64)&bpf_prog_active + (u64)&init_task;
  if (&absent) sum++;
  return sum > 100 ? XDP_PASS : XDP_DROP;
}

char _license[] SEC("license") = "GPL";
