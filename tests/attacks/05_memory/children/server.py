"""Eight children that hold 300 MB each: none of them too much, all of them together a lot."""

import os
import signal
import sys

for _number in range(8):
    if os.fork() == 0:
        held = b"x" * (300 << 20)
        signal.pause()
print("eight children", file=sys.stderr, flush=True)
signal.pause()
