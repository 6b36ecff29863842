// Follows TCP connections through their states in a table that may be full, and lets nothing in that was not asked for.
#include "../../../Programs/include/transport.h"

enum state { NEW, SYN_SENT, SYN_RECEIVED, ESTABLISHED, CLOSING, CLOSED };

struct key {
  u32 addresses[2];
  u16 ports[2];
};

struct connection {
  u8 state;
  u8 opener;
  u16 resets;
  u32 packets[2];
  u64 bytes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 12);
  __type(key, struct key);
  __type(value, struct connection);
} connections SEC(".maps");

u64 transitions[6], unasked, crowded;

SEC("xdp")
int track(struct xdp_md *context) {
  struct cursor cursor = packet_cursor(context);
  struct ethernet_header *ethernet;
  struct ipv4_header *ip = take_ipv4(&cursor, &ethernet);
  if (!ip || ip->protocol != PROTOCOL_TCP) return XDP_PASS;
  u64 size = cursor.end - (void *)ip;
  struct tcp_header *tcp = take(&cursor, sizeof *tcp);
  if (!tcp) return XDP_DROP;

  // Both directions have one key: the smaller end first.
  u32 from = word(ip->source), to = word(ip->destination);
  u32 side = from > to || (from == to && tcp->source > tcp->destination);
  struct key key = {};
  key.addresses[side & 1] = from;
  key.addresses[~side & 1] = to;
  key.ports[side & 1] = tcp->source;
  key.ports[~side & 1] = tcp->destination;
  struct connection *connection = bpf_map_lookup_elem(&connections, &key);
  u8 flags = tcp->flags;
  if (!connection) {
    if ((flags & (TCP_SYN | TCP_ACK)) != TCP_SYN) {
      unasked++;
      return XDP_DROP;
    }
    struct connection fresh = {.state = SYN_SENT, .opener = side, .bytes = size};
    fresh.packets[side & 1] = 1;
    if (bpf_map_update_elem(&connections, &key, &fresh, BPF_NOEXIST)) {
      crowded++;
      return XDP_DROP;
    }
    return XDP_PASS;
  }
  connection->packets[side & 1]++;
  connection->bytes += size;
  u8 state = connection->state;
  int is_opener = connection->opener == side;
  if (flags & TCP_RST) {
    connection->resets++;
    state = CLOSED;
  } else if (state == SYN_SENT && !is_opener && (flags & TCP_SYN) && (flags & TCP_ACK)) {
    state = SYN_RECEIVED;
  } else if (state == SYN_RECEIVED && is_opener && (flags & TCP_ACK)) {
    state = ESTABLISHED;
  } else if (state == ESTABLISHED && (flags & TCP_FIN)) {
    state = CLOSING;
  } else if (state == CLOSING && (flags & TCP_FIN)) {
    state = CLOSED;
  }
  if (state != connection->state && state < 6) transitions[state]++;
  connection->state = state;
  if (state == CLOSED && bpf_map_delete_elem(&connections, &key)) return XDP_ABORTED;
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "GPL";
