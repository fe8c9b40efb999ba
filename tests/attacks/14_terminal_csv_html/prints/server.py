"""Prints and answers what a terminal, a spreadsheet, a browser and Markdown would obey."""

import socket
import sys

HOSTILE = (
    "\x1b[2J\x1b]52;c;cm0gLXJm\x07\x9b31m\u202eevil\u2066 <script>alert(1)</script><img src=x onerror=x()> "
    "=HYPERLINK(\"http://x\") [/nope] ]]> @everyone #1 `x` | [a](javascript:x) \r\n=cmd|' /C calc'!A0\n"
)

listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
sys.stdout.reconfigure(encoding="utf-8", newline="")
print("listening on {}:{}".format(*listener.getsockname()), flush=True)
print(HOSTILE, flush=True)
while True:
    conn, _address = listener.accept()
    conn.sendall(HOSTILE.encode() + b"\xff\x00")
    conn.close()
