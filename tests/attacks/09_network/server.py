"""Talks to the machine's own services and to the world."""

import contextlib
import json
import socket
import sys
from pathlib import Path

sys.stdout = sys.stderr  # what we print there is no first line

TOLD = json.loads(Path(__file__).with_name("told.json").read_text())


def reaches(kind, form, address):
    """Whether somebody is there, or a route to him."""
    with contextlib.suppress(OSError), socket.socket(kind, form) as sock:
        sock.settimeout(0.3)
        sock.connect(address)
        sock.send(b"here I am")
        return True
    return False


print(
    "reached",
    {
        "listener of the machine": reaches(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", TOLD["port"])),
        "all addresses": reaches(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", TOLD["port"])),
        "IPv6": reaches(socket.AF_INET6, socket.SOCK_STREAM, ("::1", TOLD["port"])),
        "abstract socket": reaches(socket.AF_UNIX, socket.SOCK_STREAM, "\0" + TOLD["stamp"]),
        "named socket": reaches(socket.AF_UNIX, socket.SOCK_STREAM, TOLD["socket"]),
        "the world by UDP": reaches(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 53)),
        "the world by TCP": reaches(socket.AF_INET, socket.SOCK_STREAM, ("192.0.2.1", 80)),
    },
)
print("interfaces", *(name for _number, name in socket.if_nameindex()))
with contextlib.suppress(OSError):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    print("LISTENS to the wire")
