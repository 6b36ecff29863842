/* Every section name that makes an XDP program, new and old, and several programs a section. */
#include "xdp.h"

SEC("xdp") int first(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp") int second(struct xdp_md *ctx) { return XDP_DROP; }
SEC("xdp.frags") int frags(struct xdp_md *ctx) { return XDP_TX; }
SEC("xdp/devmap") int devmap(struct xdp_md *ctx) { return XDP_ABORTED; }
SEC("xdp.frags/devmap") int frags_devmap(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp/cpumap") int cpumap(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp.frags/cpumap") int frags_cpumap(struct xdp_md *ctx) { return XDP_PASS; }
SEC("?xdp") int optional(struct xdp_md *ctx) { return XDP_PASS; }
SEC("?xdp.frags/devmap") int optional_devmap(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp_filter") int old_style(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp_devmap/egress") int old_devmap(struct xdp_md *ctx) { return XDP_PASS; }
SEC("xdp/anything") int named(struct xdp_md *ctx) { return XDP_PASS; }
SEC("classifier") int not_xdp(struct xdp_md *ctx) { return 0; }

char _license[] SEC("license") = "Dual MIT/GPL";
int _version SEC("version") = 0x50400;
