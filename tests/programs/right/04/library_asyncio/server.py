"""A room of lines on asyncio streams: readuntil() does the framing, with its own limit.

A person who does not read lets its transport's buffer grow; what to do about that is lesson 09.
"""

import asyncio
import sys

MAX_LINE = 65536  # bytes, with the newline


class Room:
    def __init__(self):
        self._writers = set()

    async def visit(self, reader, writer):
        self._writers.add(writer)
        try:
            await self._listen_to(reader, writer)
        except asyncio.LimitOverrunError:
            writer.write(b"! line too long\n")
        except (asyncio.IncompleteReadError, OSError):  # the end, with or without a begun line
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _listen_to(self, reader, writer):
        while True:
            line = await reader.readuntil(b"\n")
            text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8", "replace")
            data = f"{text}\n".encode()
            for other in self._writers:
                if other is not writer and not other.is_closing():
                    other.write(data)
            await asyncio.sleep(0)  # readuntil does not pause while there are lines: let others run


async def main(host="127.0.0.1", port="12413"):
    limit = MAX_LINE - 1  # readuntil() counts what stands before the newline
    server = await asyncio.start_server(Room().visit, host, int(port), limit=limit)
    print("listening on {}:{}".format(*server.sockets[0].getsockname()), flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
