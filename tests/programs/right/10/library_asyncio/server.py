"""A chat server on asyncio protocols: one thread, and a loop that calls whoever has something to do."""

import argparse
import asyncio
import signal
import socket
from functools import partial

from person import Person
from room import Room

SIGNALS = [signal.SIGINT, signal.SIGTERM]
RETRY = 0.1  # seconds between two calls of accept() while no descriptor is left


class Acceptor:
    """asyncio's own logs a traceback when no descriptor is left, and then waits for a whole second."""

    def __init__(self, listener, make_person):
        self._loop = asyncio.get_running_loop()
        self._listener, self._make_person = listener, make_person
        self._arriving = set()  # tasks
        self._retry = None
        self._listen()

    def _listen(self):
        self._retry = None
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self):
        """Whether there was anybody to let in."""
        try:
            conn, _ = self._listener.accept()
        except BlockingIOError:
            return False
        except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
            self._loop.remove_reader(self._listener)
            self._retry = self._loop.call_later(RETRY, self._listen)
            return False
        conn.setblocking(False)
        task = self._loop.create_task(self._loop.connect_accepted_socket(self._make_person, conn))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)
        return True

    async def close(self):
        """Lets in who is through already, and nobody else."""
        while self._retry is None and self._accept():
            pass
        if self._retry:
            self._retry.cancel()
        self._loop.remove_reader(self._listener)
        self._listener.close()
        await asyncio.gather(*self._arriving)


def signalled():
    """A future that is done at the first signal. The second one ends the program."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def ring():
        for number in SIGNALS:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)
        future.set_result(None)

    for number in SIGNALS:
        loop.add_signal_handler(number, ring)
    return future


async def run(listener, idle):
    last_orders = signalled()
    room = Room()
    acceptor = Acceptor(listener, partial(Person, room, idle))
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    await last_orders
    await acceptor.close()
    await room.close()


def arguments():
    parser = argparse.ArgumentParser(description="A chat server.")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=12413)
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="hang up on who is silent so long")
    return parser.parse_args()


def main():
    given = arguments()
    with socket.create_server((given.host, given.port)) as listener:
        listener.setblocking(False)
        asyncio.run(run(listener, given.idle))


if __name__ == "__main__":
    main()
