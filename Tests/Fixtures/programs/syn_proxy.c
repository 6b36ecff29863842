// Answers SYN with a cookie for a sequence number, and lets in who sends it back: a hash keyed by a secret, no state before.
#include "../../../Programs/include/transport.h"

struct address {
  u8 bytes[4];
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 1024);
  __type(key, struct address);
  __type(value, u64);
} proven SEC(".maps");

volatile const u64 secret[2] = {0x0706050403020100, 0x0f0e0d0c0b0a0908};
u64 challenged, accepted, failed;

struct state {
  u64 a, b, c, d;
};

inlined u64 rotated(u64 value, int bits) { return value << bits | value >> (64 - bits); }

inlined void round(struct state *state) {
  state->a += state->b;
  state->b = rotated(state->b, 13) ^ state->a;
  state->a = rotated(state->a, 32);
  state->c += state->d;
  state->d = rotated(state->d, 16) ^ state->c;
  state->a += state->d;
  state->d = rotated(state->d, 21) ^ state->a;
  state->c += state->b;
  state->b = rotated(state->b, 17) ^ state->c;
  state->c = rotated(state->c, 32);
}

// SipHash-2-4 of 16 bytes.
static noinline u64 siphash(u64 first, u64 second) {
  struct state state = {secret[0] ^ 0x736f6d6570736575, secret[1] ^ 0x646f72616e646f6d, secret[0] ^ 0x6c7967656e657261, secret[1] ^ 0x7465646279746573};
  u64 words[3] = {first, second, 16ull << 56};
#pragma unroll
  for (int index = 0; index < 3; index++) {
    state.d ^= words[index];
    round(&state);
    round(&state);
    state.a ^= words[index];
  }
  state.c ^= 0xff;
#pragma unroll
  for (int index = 0; index < 4; index++) round(&state);
  return state.a ^ state.b ^ state.c ^ state.d;
}

inlined u32 cookie(const struct ipv4_header *ip, const struct tcp_header *tcp, u32 sequence) {
  u64 addresses = (u64)word(ip->source) << 32 | word(ip->destination);
  u64 rest = (u64)tcp->source << 48 | (u64)tcp->destination << 32 | sequence;
  return (u32)siphash(addresses, rest);
}

// TCP's checksum over a header without options.
inlined u16 tcp_checksum(const struct ipv4_header *ip, struct tcp_header *tcp) {
  u64 sum = network16(PROTOCOL_TCP) + network16((u16)sizeof *tcp);
  const u16 *words = (const u16 *)tcp;
  tcp->checksum = 0;
  sum += (u64)word(ip->source) + word(ip->destination);
#pragma unroll
  for (int index = 0; index < 10; index++) sum += words[index];
  return (u16)~folded(sum);
}

SEC("xdp")
int proxy(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_TCP || ip->header_words != 5) return XDP_PASS;
  struct tcp_header *tcp = take(&cursor, sizeof *tcp);
  if (!tcp) return XDP_DROP;

  struct address source;
  __builtin_memcpy(source.bytes, ip->source, 4);
  if (bpf_map_lookup_elem(&proven, &source)) return XDP_PASS;

  u8 flags = tcp->flags & (TCP_SYN | TCP_ACK | TCP_RST | TCP_FIN);
  if (flags == TCP_ACK) {
    u32 sequence = network32(network32(tcp->sequence) - 1);
    u32 answer = network32(network32(tcp->acknowledgement) - 1);
    if (answer != cookie(ip, tcp, sequence)) {
      failed++;
      return XDP_DROP;
    }
    u64 one = 1;
    bpf_map_update_elem(&proven, &source, &one, BPF_ANY);
    accepted++;
    return XDP_PASS;
  }
  if (flags != TCP_SYN) return XDP_DROP;

  u32 answer = cookie(ip, tcp, tcp->sequence);
  u32 from = word(ip->source);
  u16 port = tcp->source;
  set_word(ip->source, word(ip->destination));
  set_word(ip->destination, from);
  tcp->source = tcp->destination;
  tcp->destination = port;
  tcp->acknowledgement = network32(network32(tcp->sequence) + 1);
  tcp->sequence = answer;
  tcp->flags = TCP_SYN | TCP_ACK;
  tcp->header_words = 5;
  tcp->window = 0;
  tcp->urgent = 0;
  ip->length = network16(sizeof *ip + sizeof *tcp);
  ip->time_to_live = 64;
  ip->checksum = ipv4_checksum(ip);
  tcp->checksum = tcp_checksum(ip, tcp);
  swap_ethernet(ethernet);
  challenged++;
  int excess = (long)cursor.end - (long)cursor.position;
  if (excess > 0 && bpf_xdp_adjust_tail(context, -excess)) return XDP_ABORTED;
  return XDP_TX;
}

char LICENSE[] SEC("license") = "GPL";
