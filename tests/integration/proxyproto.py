"""The PROXY protocol as the tests speak it, both versions."""

import ipaddress
import socket
import struct

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"

ALPN, AUTHORITY, CRC32C, UNIQUE_ID, SSL = 0x01, 0x02, 0x03, 0x05, 0x20
VERSION, CN, CIPHER, SIG_ALG, KEY_ALG, GROUP = range(0x21, 0x27)
CLIENT_CERT = 0x28


def crc32c(data):
    crc = 0xFFFFFFFF
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def v1(source, sport=4711, dest="192.0.2.2", dport=443):
    kind = "TCP6" if ":" in source else "TCP4"
    return f"PROXY {kind} {source} {dest} {sport} {dport}\r\n".encode()


def tlv(kind, value):
    return bytes([kind]) + struct.pack("!H", len(value)) + value


def v2(source=None, sport=4711, dest="192.0.2.2", dport=443, tlvs=b"",
       command=0x21, checksum=False):
    body, kind = b"", 0
    if source:
        ip = ipaddress.ip_address(source)
        kind = 0x11 if ip.version == 4 else 0x21
        body = (ip.packed + ipaddress.ip_address(dest).packed
                + struct.pack("!HH", sport, dport))
    body += tlvs + (tlv(CRC32C, b"\0\0\0\0") if checksum else b"")
    header = (SIGNATURE + bytes([command, kind])
              + struct.pack("!H", len(body)) + body)
    if checksum:
        header = header[:-4] + struct.pack("!I", crc32c(header))
    return header


def _tlvs(data):
    found = {}
    while data:
        kind, length = data[0], struct.unpack("!H", data[1:3])[0]
        assert kind not in found and len(data) >= 3 + length
        found[kind] = data[3:3 + length]
        data = data[3 + length:]
    return found


class Header:
    """What a header of the second version says; whatever is not right in it
    fails.  `ssl` is None, or (client, verify, TLVs)."""

    def __init__(self, data):
        assert data[:12] == SIGNATURE and data[12] == 0x21
        assert len(data) == 16 + struct.unpack("!H", data[14:16])[0]
        self.family = {0: None, 0x11: socket.AF_INET,
                       0x21: socket.AF_INET6}[data[13]]
        n = {None: 0, socket.AF_INET: 4, socket.AF_INET6: 16}[self.family]
        at = 16 + 2 * n + (4 if n else 0)
        if n:
            ends = data[16:16 + n], data[16 + n:16 + 2 * n]
            ports = struct.unpack("!HH", data[at - 4:at])
            self.source, self.dest = [
                (str(ipaddress.ip_address(ip)), port)
                for ip, port in zip(ends, ports)]
        self.tlvs = _tlvs(data[at:])
        self.ssl = None
        if SSL in self.tlvs:
            value = self.tlvs[SSL]
            self.ssl = (value[0], struct.unpack("!I", value[1:5])[0],
                        _tlvs(value[5:]))
        # the checksum is the last thing
        assert data[-7:-4] == b"\3\0\4"
        blank = data[:-4] + b"\0\0\0\0"
        assert self.tlvs[CRC32C] == struct.pack("!I", crc32c(blank))


def read_header(incoming):
    """Takes the header off a connection."""
    head = incoming.exactly(16)
    length = struct.unpack("!H", head[14:16])[0]
    return Header(head + incoming.exactly(length))
