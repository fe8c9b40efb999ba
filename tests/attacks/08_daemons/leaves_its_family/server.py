"""Leaves a process behind that has left our session and our family, and hears no signal."""

import json
import os
import signal
import socket
import sys
from pathlib import Path

sys.stdout = sys.stderr  # what we print there is no first line

STAMP = json.loads(Path(__file__).with_name("told.json").read_text())["stamp"]

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        socket.create_server(("127.0.0.1", 0)).set_inheritable(True)
        os.execvp("sleep", [f"sleep-{STAMP}", "1000"])
    os._exit(0)
os.wait()
print("a daemon is there", flush=True)
