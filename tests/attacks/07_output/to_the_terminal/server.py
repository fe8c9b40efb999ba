"""Prints without end, and not one whole line."""

import os

while True:
    os.write(1, b"y" * 65536)
