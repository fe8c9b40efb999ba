"""An echo server as an asyncio protocol: no streams, only what the loop calls."""

import asyncio
import sys


class Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)

    # A caller who takes nothing back is not read. At its half-close nothing has to be done here:
    # the transport sends what is left and then closes.
    def pause_writing(self):
        self.transport.pause_reading()

    def resume_writing(self):
        self.transport.resume_reading()


async def main(host="127.0.0.1", port="12413"):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, host, int(port))
    print("listening on {}:{}".format(*server.sockets[0].getsockname()), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
