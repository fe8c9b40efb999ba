"""How much of what was sent a program has read: asked of the kernel, where it tells (Linux).

It knows no people and no lessons.
"""

import contextlib
import socket
import struct
import sys

SOCK_DIAG = 4  # the netlink family (linux/netlink.h), and its message SOCK_DIAG_BY_FAMILY below
BY_FAMILY, REQUEST, WANT_INFO, ANY = 20, 1, 1 << 1, 0xFFFFFFFF
HEADER, MESSAGE = 16, 72  # bytes of struct nlmsghdr and of struct inet_diag_msg (linux/inet_diag.h)
LISTEN = 10  # the state of a listener (net/tcp_states.h)
QUEUE = HEADER + 56  # where inet_diag_msg says how many bytes wait to be read
INFO, RECEIVED = 2, 128  # the attribute with struct tcp_info; where its tcpi_bytes_received stands


def has_read(sock, sent):
    """Whether the program at the other end of `sock`, on this machine, has read all of the `sent` bytes.

    None where the system does not say.
    """
    if not sys.platform.startswith("linux"):
        return None
    with contextlib.suppress(OSError, struct.error, ValueError):
        answer = ask(sock.getpeername(), sock.getsockname())
        (queue,) = struct.unpack_from("=I", answer, QUEUE)
        received = bytes_received(answer)
        return None if received is None else received >= sent and queue == 0
    return None


def ask(local, remote):
    """What the kernel knows of one IPv4 connection, seen from the end that has the address `local`."""
    ends = struct.pack("!HH", local[1], remote[1])
    ends += b"".join(socket.inet_aton(host).ljust(16, b"\0") for host, _ in (local, remote))
    body = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, WANT_INFO, 0, ANY)
    body += ends + struct.pack("=III", 0, ANY, ANY)
    head = struct.pack("=IHHII", HEADER + len(body), BY_FAMILY, REQUEST, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as kernel:
        kernel.send(head + body)
        answer = kernel.recv(65536)
    is_error = struct.unpack_from("=H", answer, 4)[0] != BY_FAMILY  # there is no such connection
    if is_error or answer[HEADER + 1] == LISTEN:  # or nothing but the listener at that port is left
        raise OSError("the kernel does not know this connection")
    return answer


def bytes_received(answer):
    """Payload that has come in at that end so far; None from a kernel older than 4.1."""
    at = HEADER + MESSAGE
    while at + 4 <= len(answer):
        size, kind = struct.unpack_from("=HH", answer, at)
        if kind == INFO and size >= 4 + RECEIVED + 8:
            return struct.unpack_from("=Q", answer, at + 4 + RECEIVED)[0]
        at += max(4, (size + 3) & ~3)
    return None
