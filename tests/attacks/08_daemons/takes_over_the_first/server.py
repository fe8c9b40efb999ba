"""Writes into the memory of the process that must end with the grader, so that it does not."""

import json
import os
import platform
import time
from pathlib import Path

# x86-64: prctl(PR_SET_PDEATHSIG, 0), and then pause() again and again.
CODE = bytes.fromhex("b89d000000 bf01000000 31f6 0f05 b822000000 0f05 ebf7")
STAMP = json.loads(Path(__file__).with_name("told.json").read_text())["stamp"]

if platform.machine() == "x86_64":
    # Where it goes on when a child has ended, for which it waits.
    place = int(Path("/proc/1/syscall").read_text().split()[-1], 16)
    with open("/proc/1/mem", "wb", 0) as memory:
        memory.seek(place)
        memory.write(CODE)
if os.fork() == 0:
    if os.fork() == 0:
        os.execvp("sleep", [f"sleep-{STAMP}", "1000"])
    os.fork() or os._exit(0)  # an orphan that ends: its end wakes the first process
    os._exit(0)
os.wait()
print("a daemon of our own", flush=True)
time.sleep(1000)
