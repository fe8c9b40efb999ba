"""Writes a gigabyte wherever it can, and leaves its stamp there."""

import contextlib
import json
import sys
from pathlib import Path

sys.stdout = sys.stderr  # what we print there is no first line

STAMP = json.loads(Path(__file__).with_name("told.json").read_text())["stamp"]
PIECE, MOST = b"x" * (1 << 20), 1 << 30
FOLDERS = ("/tmp", "/var/tmp", "/dev/shm", "/dev", "/", "/run", "/home", str(Path(__file__).parent), ".")


def fill(folder):
    """The bytes that it takes. What we print goes to one of them, so all is removed again."""
    taken, files = 0, [Path(folder, f"{STAMP}-{number}") for number in range(MOST // (64 << 20))]
    try:
        for path in files:
            with open(path, "wb", 0) as file:
                for _piece in range(64):
                    taken += file.write(PIECE)
    except OSError:
        pass
    for path in files:
        with contextlib.suppress(OSError):
            path.unlink()
    return taken


print("MB", {folder: fill(folder) >> 20 for folder in FOLDERS}, flush=True)
