// Answers pings of both families and ARP requests for its addresses out of the packet that asked.
#include "../../../Programs/include/transport.h"

u8 hardware[6] = {2, 0, 0, 0, 0, 0x42};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, u32);
  __type(value, u64);
} addresses SEC(".maps");

inlined int answer_arp(struct cursor *cursor, struct ethernet_header *ethernet) {
  struct arp_header *arp = take(cursor, sizeof *arp);
  if (!arp || arp->operation != network16(1) || arp->protocol_type != network16(ETHERTYPE_IPV4)) return XDP_PASS;
  if (arp->hardware_length != 6 || arp->protocol_length != 4) return XDP_DROP;
  u32 target = word(arp->target), sender = word(arp->sender);
  u64 *asked = bpf_map_lookup_elem(&addresses, &target);
  if (!asked) return XDP_PASS;
  __sync_fetch_and_add(asked, 1);
  arp->operation = network16(2);
  __builtin_memcpy(arp->target_hardware, arp->sender_hardware, 6);
  __builtin_memcpy(arp->sender_hardware, hardware, 6);
  set_word(arp->sender, target);
  set_word(arp->target, sender);
  __builtin_memcpy(ethernet->destination, ethernet->source, 6);
  __builtin_memcpy(ethernet->source, hardware, 6);
  return XDP_TX;
}

inlined int answer_ipv4(struct cursor *cursor, struct ethernet_header *ethernet) {
  struct ipv4_header *ip = take(cursor, sizeof *ip);
  if (!ip || ip->header_words != 5 || ip->protocol != PROTOCOL_ICMP) return XDP_PASS;
  struct icmp_header *icmp = take(cursor, sizeof *icmp);
  if (!icmp || icmp->type != 8 || icmp->code != 0) return XDP_PASS;
  u32 from = word(ip->source);
  set_word(ip->source, word(ip->destination));
  set_word(ip->destination, from);
  icmp->type = 0;
  icmp->checksum = checksum_changed(icmp->checksum, 8, 0);
  swap_ethernet(ethernet);
  return XDP_TX;
}

inlined int answer_ipv6(struct cursor *cursor, struct ethernet_header *ethernet) {
  struct ipv6_header *ip = take(cursor, sizeof *ip);
  if (!ip || ip->next_header != PROTOCOL_ICMPV6) return XDP_PASS;
  struct icmp_header *icmp = take(cursor, sizeof *icmp);
  if (!icmp || icmp->type != 128) return XDP_PASS;
  u8 address[16];
  __builtin_memcpy(address, ip->source, 16);
  __builtin_memcpy(ip->source, ip->destination, 16);
  __builtin_memcpy(ip->destination, address, 16);
  icmp->type = 129;
  icmp->checksum = checksum_changed(icmp->checksum, 128, 129);
  swap_ethernet(ethernet);
  return XDP_TX;
}

SEC("xdp")
int answer(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet = take(&cursor, sizeof *ethernet);
  if (!ethernet) return XDP_DROP;
  switch (network16(ethernet->type)) {
    case ETHERTYPE_ARP: return answer_arp(&cursor, ethernet);
    case ETHERTYPE_IPV4: return answer_ipv4(&cursor, ethernet);
    case ETHERTYPE_IPV6: return answer_ipv6(&cursor, ethernet);
    default: return XDP_PASS;
  }
}

char LICENSE[] SEC("license") = "GPL";
