"""A chat client on asyncio: one task prints, one sends; only the keyboard needs a thread of its own."""

import asyncio
import contextlib
import os
import sys
import threading

LIMIT = 4 * 65536  # bytes of one line


def read_keyboard(put):
    """Runs in a thread: asyncio can wait for a keyboard on some systems only."""
    sys.stdin.reconfigure(errors="replace")
    for line in sys.stdin:
        put(line.removesuffix("\n"))
    put(None)


async def send_typed(writer, typed):
    with contextlib.suppress(OSError):  # whoever listens sees that, too
        while (line := await typed.get()) is not None:
            writer.write(f"{line}\n".encode())
            await writer.drain()
        writer.write_eof()


async def print_heard(reader):
    with contextlib.suppress(asyncio.IncompleteReadError):  # the end, perhaps after half a line
        while True:
            line = await reader.readuntil(b"\n")
            print(line[:-1].removesuffix(b"\r").decode("utf-8", "replace"), flush=True)


async def main(host="127.0.0.1", port="12413"):
    try:
        reader, writer = await asyncio.open_connection(host, int(port), limit=LIMIT)
    except OSError as error:
        print(f"no connection to {host}:{port}: {error}", file=sys.stderr)
        return 2
    loop, typed = asyncio.get_running_loop(), asyncio.Queue()

    def put(line):
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are about to exit
            loop.call_soon_threadsafe(typed.put_nowait, line)

    threading.Thread(target=read_keyboard, args=(put,), daemon=True).start()
    sender = asyncio.create_task(send_typed(writer, typed))
    try:
        await print_heard(reader)
    except (OSError, asyncio.LimitOverrunError) as error:
        print(f"the connection broke: {error}", file=sys.stderr)
        return 1
    finally:
        sender.cancel()
    return 0


def run():
    try:
        return asyncio.run(main(*sys.argv[1:3]))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    code = run()
    sys.stdout.flush()
    os._exit(code)  # the thread at the keyboard waits for Enter
