// 10,000 rounds of a xorshift generator: nothing but arithmetic and one branch back.
__attribute__((section("xdp"))) unsigned long mix(void *context) {
  unsigned long state = 0x2545f4914f6cdd1d, sum = 0;
#pragma clang loop unroll(disable)
  for (unsigned round = 0; round < 10000; round++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    sum += state;
    if (sum & 1) sum ^= round;
  }
  return sum;
}
