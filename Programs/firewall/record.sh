#!/usr/bin/env bash
# Records traffic.pcap: real clients and servers in two network namespaces, seen at the server's interface.
#
#   sudo Programs/firewall/record.sh [OUTPUT]
#
# Needs root and ip, ethtool, tcpdump, ping, curl, openssl, dig and python3. It makes the namespaces, and removes them.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
output=${1:-$here/traffic.pcap}
client=xdp-client-$$ server=xdp-server-$$
work=$(mktemp -d)
servers=()

for tool in ip ethtool tcpdump ping curl openssl dig python3; do
  command -v $tool >/dev/null || { echo "error: $tool is missing" >&2; exit 1; }
done
[ "$(id -u)" = 0 ] || { echo "error: network namespaces need root" >&2; exit 1; }

clean_up() {
  for process in "${servers[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
  ip netns delete $client 2>/dev/null || true
  ip netns delete $server 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

on_client() { ip netns exec $client "$@"; }
# Starts a server, itself the background process and not a child of one; what it says is of no interest.
serve() { ip netns exec $server "$@" >/dev/null 2>&1 </dev/null & servers+=($!); }

# --- A wire: documentation addresses, fixed MACs, no offloads, so that every frame and checksum is as on a cable.
ip netns add $client
ip netns add $server
ip -n $client link add wire address 02:00:00:00:00:01 type veth peer name wire address 02:00:00:00:00:02 netns $server
for side in $client $server; do
  ip netns exec $side ethtool -K wire tx off rx off tso off gso off gro off >/dev/null 2>&1
  ip netns exec $side sysctl -qw net.ipv6.conf.wire.accept_ra=0 net.ipv6.conf.wire.router_solicitations=0
  ip -n $side link set lo up
  ip -n $side link set wire up
done
for address in 192.0.2.1/24 198.51.100.66/32 203.0.113.7/32; do ip -n $client address add $address dev wire; done
for address in 2001:db8::1/64 2001:db8:bad::7/128; do ip -n $client address add $address dev wire nodad; done
ip -n $server address add 192.0.2.2/24 dev wire
ip -n $server address add 2001:db8::2/64 dev wire nodad
for net in 198.51.100.66/32 203.0.113.7/32 2001:db8:bad::/48; do ip -n $server route add $net dev wire; done

# --- Servers.
mkdir "$work/www"
for page in index news about; do
  for line in $(seq 120); do echo "<p>$page, paragraph $line: the quick brown fox jumps over the lazy dog.</p>"; done >"$work/www/$page.html"
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=server.example \
  -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
serve python3 -m http.server --directory "$work/www" --bind :: 80
(cd "$work/www" && exec ip netns exec $server openssl s_server -WWW -accept 443 -key "$work/key.pem" -cert "$work/certificate.pem") \
  >/dev/null 2>&1 </dev/null &
servers+=($!)
serve python3 "$here/traffic.py" dns

serve tcpdump -i wire -U -B 8192 --time-stamp-precision=nano -Z root -w "$work/traffic.pcap"
recorder=${servers[-1]}
sleep 1.5

# --- Clients.
quietly() { on_client "$@" >/dev/null 2>&1 || true; }
quietly ping -c 3 -i 0.2 192.0.2.2
quietly ping -c 3 -i 0.2 2001:db8::2
for host in 192.0.2.2 '[2001:db8::2]'; do
  for page in index news about; do quietly curl -s "http://$host/$page.html"; done
  quietly curl -sk "https://$host/index.html"
done
on_client openssl s_client -connect 192.0.2.2:443 -servername server.example >/dev/null 2>&1 </dev/null || true
for name in server.example www.example mail.example; do
  quietly dig +tries=1 +time=1 @192.0.2.2 $name A
  quietly dig +tries=1 +time=1 @2001:db8::2 $name AAAA
done
quietly ping -c 2 -i 0.2 -s 4000 192.0.2.2
quietly ping -c 2 -i 0.2 -s 4000 2001:db8::2
quietly bash -c '</dev/tcp/192.0.2.2/23'
quietly ping -c 5 -i 0.2 -W 1 -I 203.0.113.7 192.0.2.2
quietly ping -c 5 -i 0.2 -W 1 -I 2001:db8:bad::7 2001:db8::2
quietly python3 "$here/traffic.py" tagged
quietly python3 "$here/traffic.py" extensions
quietly python3 "$here/traffic.py" malformed
quietly python3 "$here/traffic.py" flood
quietly ping -c 2 -i 0.2 192.0.2.2
sleep 0.5

kill -INT "$recorder"
wait "$recorder" || true
mv "$work/traffic.pcap" "$output"
chmod 644 "$output"
echo "$output: $(wc -c <"$output") bytes, $(tcpdump -r "$output" 2>/dev/null | wc -l) packets"
