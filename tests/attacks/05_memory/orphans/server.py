"""The same with children that have left their parent's family, while others come and go all the time."""

import os
import signal
import sys

for _number in range(8):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        held = b"x" * (300 << 20)
        signal.pause()
print("eight orphans", file=sys.stderr, flush=True)
while True:  # whoever adds up what our children hold finds one that is gone
    if os.fork() == 0:
        os._exit(0)
    os.wait()
