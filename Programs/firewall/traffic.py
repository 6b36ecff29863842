"""What record.sh needs and no ordinary client sends: a small DNS server, tagged frames, IPv6 extension headers,
malformed packets, a flood."""

import socket
import struct
import sys

CLIENT_MAC = bytes.fromhex("020000000001")
SERVER_MAC = bytes.fromhex("020000000002")
CLIENT_V4, SERVER_V4 = socket.inet_aton("192.0.2.1"), socket.inet_aton("192.0.2.2")
CLIENT_V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1")
SERVER_V6 = socket.inet_pton(socket.AF_INET6, "2001:db8::2")


def checksum(data):
    """The Internet checksum."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(source, destination, payload, port):
    """A UDP datagram between addresses of one family."""
    header = struct.pack("!HHHH", 40000, port, 8 + len(payload), 0)
    pseudo = source + destination + struct.pack("!II", len(header) + len(payload), socket.IPPROTO_UDP)
    sum_ = checksum(pseudo + header + payload) or 0xFFFF
    return header[:6] + struct.pack("!H", sum_) + payload


def ipv4(payload, protocol=socket.IPPROTO_UDP, first=0x45):
    """An IPv4 packet from the client to the server; `first` holds version and header length."""
    header = struct.pack("!BBHHHBBH4s4s", first, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0, CLIENT_V4, SERVER_V4)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(payload, next_header=socket.IPPROTO_UDP):
    """An IPv6 packet from the client to the server."""
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), next_header, 64, CLIENT_V6, SERVER_V6) + payload


def send(*frames):
    """Sends frames as they are: the type field and what follows it."""
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("wire", 0))
        for frame in frames:
            wire.send(SERVER_MAC + CLIENT_MAC + frame)


def tagged():
    """802.1Q and 802.1ad tags before IPv4 and IPv6."""
    four = b"\x08\x00" + ipv4(udp(CLIENT_V4, SERVER_V4, b"tagged", 9))
    six = b"\x86\xdd" + ipv6(udp(CLIENT_V6, SERVER_V6, b"tagged", 9))
    for vlan in (10, 20, 30):
        tag = struct.pack("!HH", 0x8100, vlan)
        service = struct.pack("!HH", 0x88A8, 100 + vlan)
        send(tag + four, tag + six, service + tag + four, service + tag + six)


def extensions():
    """IPv6 with hop-by-hop and destination options, and a first fragment behind them."""
    padding = bytes([1, 4, 0, 0, 0, 0])
    datagram = udp(CLIENT_V6, SERVER_V6, b"behind extension headers", 9)
    options = bytes([60, 0]) + padding + bytes([17, 0]) + padding + datagram
    fragment = bytes([60, 0]) + padding + bytes([44, 0]) + padding + struct.pack("!BBHI", 17, 0, 1, 7) + datagram
    send(*[b"\x86\xdd" + ipv6(packet, next_header=0) for packet in (options, fragment) for _ in range(2)])


def malformed():
    """Headers that are cut off, and an IPv4 header that says it is shorter than one can be."""
    whole = ipv4(udp(CLIENT_V4, SERVER_V4, b"", 9))
    short = ipv4(b"x" * 26, first=0x44)
    send(b"\x08\x00" + whole[:12], b"\x08\x00" + short, b"\x86\xdd" + ipv6(b"")[:20])


def flood():
    """Many small datagrams at once from one source."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("198.51.100.66", 0))
        for number in range(1500):
            sender.sendto(struct.pack("!IIQ", number, 0, 0), ("192.0.2.2", 9))


def dns():
    """Answers every question with the server's own address."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as server:
        server.bind(("::", 53))
        while True:
            query, client = server.recvfrom(512)
            end = query.index(0, 12) + 5
            kind = struct.unpack_from("!H", query, end - 4)[0]
            address = SERVER_V6 if kind == 28 else SERVER_V4
            answer = struct.pack("!HHHIH", 0xC00C, kind, 1, 60, len(address)) + address
            server.sendto(query[:2] + struct.pack("!HHHHH", 0x8580, 1, 1, 0, 0) + query[12:end] + answer, client)


if __name__ == "__main__":
    {f.__name__: f for f in (dns, tagged, extensions, malformed, flood)}[sys.argv[1]]()
