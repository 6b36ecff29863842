/* A variable that the linker was to place. */
#include "xdp.h"

__attribute__((common)) int tentative;

SEC("xdp") int entry(struct xdp_md *ctx) { return tentative; }
