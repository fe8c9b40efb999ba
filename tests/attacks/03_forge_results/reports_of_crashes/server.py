"""Fills the files in which the launcher reports with what their reader does not expect."""

import contextlib
import json
import os
import sys
from pathlib import Path

WORK = next(Path(word) for word in Path("/proc/self/cmdline").read_text().split("\0") if "/server-" in word)
CRASHES = [
    b"{}}",
    b"[" * 100_000 + b"}",
    json.dumps({"thread": "main", "type": "x", "message": "y", "frames": [[1]]}).encode(),
    b"\xff\xfe}",
    b"1" * 10_000 + b"}",
]
STACKS = b'Thread 0x1\n  File "server.py", line ' + b"9" * 10_000 + b" in main\n"

for name, data in {"crashes": b"\n".join(CRASHES) + b"\n", "threads": b"\xff\n", "stacks": STACKS}.items():
    with contextlib.suppress(OSError), open(WORK / name, "wb") as file:
        file.write(data)
print("the reports are ours", file=sys.stderr, flush=True)
os._exit(7)
