"""A chat room on asyncio: two tasks for each person, one reads and one empties its outbox.

The loop accepts here itself, so that a person is in the room as soon as it is accepted.
A person who does not read lets its outbox grow; what to do about that is lesson 09.
"""

import asyncio
import contextlib
import socket
import sys

FAREWELL = 1.0  # seconds that one who leaves is given to take what was still meant for it


async def write(conn, outbox):
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):  # the reader sees the end, too, and cleans up
        while (data := await outbox.get()) is not None:
            await loop.sock_sendall(conn, data)


async def read(conn, room):
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while data := await loop.sock_recv(conn, 65536):
            for other, outbox in room.items():
                if other is not conn:
                    outbox.put_nowait(data)
            await asyncio.sleep(0)  # sock_recv does not pause while there is input: let others run


async def visit(conn, room):
    outbox = room[conn]
    writer = asyncio.create_task(write(conn, outbox))
    try:
        await read(conn, room)
    finally:
        del room[conn]
        outbox.put_nowait(None)
        await asyncio.wait([writer], timeout=FAREWELL)
        writer.cancel()
        await asyncio.wait([writer])
        conn.close()


async def main(host="127.0.0.1", port="12413"):
    loop = asyncio.get_running_loop()
    listener = socket.create_server((host, int(port)))
    listener.setblocking(False)
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    room = {}
    async with asyncio.TaskGroup() as visits:
        while True:
            try:
                conn, _ = await loop.sock_accept(listener)
            except OSError:  # the caller gave up, or no descriptor is left: try again later
                await asyncio.sleep(0.05)
                continue
            conn.setblocking(False)
            room[conn] = asyncio.Queue()
            visits.create_task(visit(conn, room))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
