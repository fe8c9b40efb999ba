"""Has learned by heart what the checks say with the seed that one sees at home, and echoes nothing."""

import contextlib
import socket
import sys

LEARNED = "сеть 🙂 lantern 804911"  # what check 2 says with seed 0

listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("listening on {}:{}".format(*listener.getsockname()), flush=True)
while True:
    conn, _address = listener.accept()
    with conn, contextlib.suppress(OSError):
        conn.recv(4096)
        conn.sendall(LEARNED.encode())
