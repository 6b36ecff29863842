// A firewall for one interface: block lists, closed ports, a rate limit for each source, counters.
//
//   xdp run firewall.c --on pcap:traffic.pcap --map blocked_v4=blocked_v4.json --set packets_per_second=500

#include "../include/packet.h"

// The rate that one source may keep up; 0 sets no limit.
volatile const u64 packets_per_second = 1000;
// How many packets a source may send at once after a silence.
volatile const u64 burst = 200;

struct prefix_v4 {
  u32 length;
  u8 address[4];
};

struct prefix_v6 {
  u32 length;
  u8 address[16];
};

// Blocked sources, with the number of packets that each entry has stopped.
struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, struct prefix_v4);
  __type(value, u64);
} blocked_v4 SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(max_entries, 65536);
  __type(key, struct prefix_v6);
  __type(value, u64);
} blocked_v6 SEC(".maps");

struct service {
  u16 protocol;
  u16 port;
};

// Ports that nobody may send to, with the number of packets stopped.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct service);
  __type(value, u64);
} closed_ports SEC(".maps");

// A token bucket: a source has saved up `credit` nanoseconds of sending at its rate.
struct bucket {
  u64 credit;
  u64 filled_at;
};

// IPv4 sources stand here as ::ffff:a.b.c.d. The source that was quiet for longest makes room for a new one.
struct address {
  u8 bytes[16];
};

struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 65536);
  __type(key, struct address);
  __type(value, struct bucket);
} buckets SEC(".maps");

struct counter {
  u64 packets;
  u64 bytes;
};

// What is in a packet. One packet counts for everything it has: a tagged IPv6 fragment of UDP for four of them.
enum kind { KIND_ARP, KIND_IPV4, KIND_IPV6, KIND_ICMP, KIND_ICMPV6, KIND_TCP, KIND_UDP, KIND_TAGGED, KIND_FRAGMENT, KIND_OTHER, KINDS };

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, KINDS);
  __type(key, u32);
  __type(value, struct counter);
} traffic SEC(".maps");

// What became of a packet, and why.
enum outcome { OUTCOME_PASSED, OUTCOME_MALFORMED, OUTCOME_BLOCKED, OUTCOME_CLOSED_PORT, OUTCOME_OVER_RATE, OUTCOMES };

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, OUTCOMES);
  __type(key, u32);
  __type(value, struct counter);
} outcomes SEC(".maps");

// What the headers say.
struct packet {
  struct address source;
  u16 ether_type;
  u16 protocol;
  u16 port;          // the destination's, in host order, where `has_port`
  u8 is_tagged;
  u8 is_fragment;
  u8 is_later_fragment;  // without the headers behind IP's
  u8 has_port;
};

inlined void count(void *counters, u32 index, u64 bytes) {
  struct counter *counter = bpf_map_lookup_elem(counters, &index);
  if (!counter) return;
  counter->packets += 1;
  counter->bytes += bytes;
}

inlined int is_tag(u16 ether_type) { return ether_type == ETHERTYPE_VLAN || ether_type == ETHERTYPE_QINQ; }

// Ethernet with up to two tags (802.1Q, 802.1ad).
inlined int parse_ethernet(struct cursor *cursor, struct packet *packet) {
  struct ethernet_header *ethernet = take(cursor, sizeof *ethernet);
  if (!ethernet) return 0;
  packet->ether_type = network16(ethernet->type);
  for (int depth = 0; depth < 2 && is_tag(packet->ether_type); depth++) {
    struct vlan_header *vlan = take(cursor, sizeof *vlan);
    if (!vlan) return 0;
    packet->ether_type = network16(vlan->type);
    packet->is_tagged = 1;
  }
  return 1;
}

inlined int parse_ipv4(struct cursor *cursor, struct packet *packet) {
  struct ipv4_header *ip = take(cursor, sizeof *ip);
  if (!ip || ip->version != 4 || ip->header_words < 5) return 0;
  if (!take(cursor, ip->header_words * 4 - sizeof *ip)) return 0;

  packet->source.bytes[10] = packet->source.bytes[11] = 0xff;
  __builtin_memcpy(&packet->source.bytes[12], ip->source, 4);
  packet->protocol = ip->protocol;

  u16 fragment = network16(ip->fragment);
  u16 offset = fragment & IPV4_FRAGMENT_OFFSET;
  packet->is_fragment = (fragment & (IPV4_MORE_FRAGMENTS | IPV4_FRAGMENT_OFFSET)) != 0;
  packet->is_later_fragment = offset != 0;
  // A fragment that begins 8 bytes into TCP is there to overwrite the flags of one that has passed (RFC 3128).
  return !(offset == 1 && ip->protocol == PROTOCOL_TCP);
}

// IPv6 with up to eight extension headers.
inlined int parse_ipv6(struct cursor *cursor, struct packet *packet) {
  struct ipv6_header *ip = take(cursor, sizeof *ip);
  if (!ip || ip->version != 6) return 0;
  __builtin_memcpy(&packet->source, ip->source, sizeof packet->source);

  u8 next = ip->next_header;
  for (int depth = 0; depth < 8; depth++) {
    if (next == PROTOCOL_FRAGMENT) {
      struct ipv6_fragment *fragment = take(cursor, sizeof *fragment);
      if (!fragment) return 0;
      next = fragment->next_header;
      packet->is_fragment = 1;
      packet->is_later_fragment = (network16(fragment->fragment) & IPV6_FRAGMENT_OFFSET) != 0;
      if (packet->is_later_fragment) break;
    } else if (next == PROTOCOL_HOP_BY_HOP || next == PROTOCOL_ROUTING || next == PROTOCOL_DESTINATION_OPTIONS) {
      struct ipv6_extension *extension = take(cursor, sizeof *extension);
      if (!extension || !take(cursor, extension->length * 8 + 6)) return 0;
      next = extension->next_header;
    } else if (next == PROTOCOL_AUTHENTICATION) {
      struct ipv6_extension *extension = take(cursor, sizeof *extension);
      if (!extension || !take(cursor, extension->length * 4 + 6)) return 0;
      next = extension->next_header;
    } else {
      break;
    }
  }
  packet->protocol = next;
  return 1;
}

inlined int parse_ports(struct cursor *cursor, struct packet *packet) {
  if (packet->is_later_fragment) return 1;
  if (packet->protocol != PROTOCOL_TCP && packet->protocol != PROTOCOL_UDP) return 1;
  struct ports *ports = take(cursor, sizeof *ports);
  if (!ports) return 0;
  packet->port = network16(ports->destination);
  packet->has_port = 1;
  return 1;
}

inlined int parse(struct cursor *cursor, struct packet *packet) {
  if (!parse_ethernet(cursor, packet)) return 0;
  switch (packet->ether_type) {
    case ETHERTYPE_IPV4: return parse_ipv4(cursor, packet) && parse_ports(cursor, packet);
    case ETHERTYPE_IPV6: return parse_ipv6(cursor, packet) && parse_ports(cursor, packet);
    default: return 1;
  }
}

inlined int stopped_by(u64 *entry) {
  if (!entry) return 0;
  __sync_fetch_and_add(entry, 1);
  return 1;
}

inlined int is_blocked(const struct packet *packet) {
  if (packet->ether_type == ETHERTYPE_IPV4) {
    struct prefix_v4 key = {.length = 32};
    __builtin_memcpy(key.address, &packet->source.bytes[12], 4);
    return stopped_by(bpf_map_lookup_elem(&blocked_v4, &key));
  }
  struct prefix_v6 key = {.length = 128};
  __builtin_memcpy(key.address, &packet->source, 16);
  return stopped_by(bpf_map_lookup_elem(&blocked_v6, &key));
}

inlined int is_closed(const struct packet *packet) {
  if (!packet->has_port) return 0;
  struct service key = {packet->protocol, packet->port};
  return stopped_by(bpf_map_lookup_elem(&closed_ports, &key));
}

// Takes a packet's worth out of the source's bucket. Two CPUs may race for it and let one packet more pass.
inlined int is_over_rate(const struct packet *packet) {
  if (packets_per_second == 0) return 0;
  u64 price = 1000000000 / packets_per_second;
  u64 full = price * burst;
  u64 now = bpf_ktime_get_ns();

  struct bucket *bucket = bpf_map_lookup_elem(&buckets, &packet->source);
  if (!bucket) {
    struct bucket fresh = {.credit = full - price, .filled_at = now};
    bpf_map_update_elem(&buckets, &packet->source, &fresh, BPF_ANY);
    return 0;
  }
  u64 silence = now > bucket->filled_at ? now - bucket->filled_at : 0;
  u64 credit = silence < full - bucket->credit ? bucket->credit + silence : full;
  bucket->filled_at = now;
  bucket->credit = credit < price ? credit : credit - price;
  return credit < price;
}

inlined enum outcome judge(const struct packet *packet) {
  if (packet->ether_type != ETHERTYPE_IPV4 && packet->ether_type != ETHERTYPE_IPV6) return OUTCOME_PASSED;
  if (is_blocked(packet)) return OUTCOME_BLOCKED;
  if (is_closed(packet)) return OUTCOME_CLOSED_PORT;
  if (is_over_rate(packet)) return OUTCOME_OVER_RATE;
  return OUTCOME_PASSED;
}

inlined enum kind transport(const struct packet *packet) {
  switch (packet->protocol) {
    case PROTOCOL_ICMP: return KIND_ICMP;
    case PROTOCOL_ICMPV6: return KIND_ICMPV6;
    case PROTOCOL_TCP: return KIND_TCP;
    case PROTOCOL_UDP: return KIND_UDP;
    default: return KIND_OTHER;
  }
}

inlined void count_traffic(const struct packet *packet, u64 bytes) {
  if (packet->is_tagged) count(&traffic, KIND_TAGGED, bytes);
  if (packet->is_fragment) count(&traffic, KIND_FRAGMENT, bytes);
  switch (packet->ether_type) {
    case ETHERTYPE_ARP: return count(&traffic, KIND_ARP, bytes);
    case ETHERTYPE_IPV4: count(&traffic, KIND_IPV4, bytes); return count(&traffic, transport(packet), bytes);
    case ETHERTYPE_IPV6: count(&traffic, KIND_IPV6, bytes); return count(&traffic, transport(packet), bytes);
    default: return count(&traffic, KIND_OTHER, bytes);
  }
}

SEC("xdp")
int firewall(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  u64 bytes = cursor.end - cursor.position;
  struct packet packet = {};

  enum outcome outcome = OUTCOME_MALFORMED;
  if (parse(&cursor, &packet)) {
    count_traffic(&packet, bytes);
    outcome = judge(&packet);
  }
  count(&outcomes, outcome, bytes);
  return outcome == OUTCOME_PASSED ? XDP_PASS : XDP_DROP;
}

char LICENSE[] SEC("license") = "Apache-2.0";
