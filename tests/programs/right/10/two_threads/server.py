"""A chat server with two threads for each person, one that accepts, and one that watches the clock."""

import argparse
import math
import signal
import socket
import threading
import time

from person import Person
from room import Room
from watchdog import Watchdog

SIGNALS = [signal.SIGINT, signal.SIGTERM]
RETRY = 0.1  # seconds between two calls of accept() while no descriptor is left
DRAIN = 0.5  # seconds for which those are heard who never pause, after last orders
QUIET = 0.02  # seconds in which what is on its way arrives


class Door(threading.Thread):
    """Lets people in, until it is closed: whoever closes it knocks, and those before that are let in."""

    def __init__(self, listener, let_in):
        super().__init__()
        self._listener, self._let_in = listener, let_in
        self._is_closing = threading.Event()
        self._knocker = socket.socket(listener.family)  # made now: later no descriptor may be left

    def run(self):
        while True:
            try:
                conn, address = self._listener.accept()
            except OSError:  # the caller gave up, or no descriptor is left: try again, without haste
                if self._is_closing.wait(RETRY):
                    return
                continue
            if address == self._knocker.getsockname():
                conn.close()
                return
            self._let_in(conn)

    def close(self):
        self._is_closing.set()
        with self._listener, self._knocker:
            self._knocker.setblocking(False)
            self._knocker.connect_ex(self._listener.getsockname())
            self.join()


def wait_for_signal():
    """All threads block the signals, so none comes at a bad moment. The second one ends the program."""
    signal.sigwait(SIGNALS)
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def hear_out(room):
    """Takes what everybody had said till now."""
    end = time.monotonic() + DRAIN
    while time.monotonic() < end:
        heard = [person.hear() for person in room.people()]
        if not any(heard):
            return
        time.sleep(QUIET)


def join_all():
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join()


def arguments():
    parser = argparse.ArgumentParser(description="A chat server.")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=12413)
    parser.add_argument(
        "--idle", type=float, default=math.inf, metavar="SECONDS", help="hang up on who is silent so long"
    )
    return parser.parse_args()


def main():
    given = arguments()
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    room = Room()
    watchdog = Watchdog(room)
    listener = socket.create_server((given.host, given.port))
    door = Door(listener, lambda conn: Person(conn, room, watchdog, given.idle).start())
    watchdog.start()
    door.start()
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    wait_for_signal()
    door.close()
    hear_out(room)
    room.close("* server is closing")
    for person in room.people():
        person.end()
    watchdog.close()
    join_all()


if __name__ == "__main__":
    main()
