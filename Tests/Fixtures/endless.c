// A program that never ends: no verifier takes it, and an interpreter has to stop it.
__attribute__((section("xdp"), used)) int endless(void *ctx) {
  for (;;)
    __asm__ volatile("");
}

char _license[] __attribute__((section("license"), used)) = "GPL";
