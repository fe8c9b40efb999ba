"""Takes memory that no process is seen to hold: files without a name, shared segments, what /dev keeps."""

import contextlib
import ctypes
import os
import sys

sys.stdout = sys.stderr  # what we print there is no first line

PIECE, MOST = b"x" * (32 << 20), 3 << 30
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
taken = {"memfd": 0, "segments": 0, "/dev/shm": 0, "/dev": 0, "/": 0}

with contextlib.suppress(OSError):
    while taken["memfd"] < MOST:
        taken["memfd"] += os.write(os.memfd_create("hidden"), PIECE)
while taken["segments"] < MOST:
    segment = libc.shmget(0, len(PIECE), 0o1600)
    address = libc.shmat(segment, None, 0) if segment >= 0 else None
    if segment < 0 or address == ctypes.c_void_p(-1).value:
        break
    ctypes.memmove(address, PIECE, len(PIECE))
    libc.shmdt(ctypes.c_void_p(address))
    taken["segments"] += len(PIECE)
for folder in ("/dev/shm", "/dev", "/"):
    for number in range(MOST // len(PIECE)):
        try:
            with open(os.path.join(folder, f"hidden-{number}"), "wb") as file:
                taken[folder] += file.write(PIECE)
        except OSError:
            break
print("hidden MB", {name: size >> 20 for name, size in taken.items()}, flush=True)
