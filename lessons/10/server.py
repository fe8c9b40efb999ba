"""A chat server: whatever one of its people does or leaves undone, the others do not notice."""

import argparse
import socket
import threading
import time

import log
from bell import Bell
from ear import Ear, Silent
from framing import LineReader, LineTooLong
from outbox import Outbox
from protocol import introduce, obey
from room import Room


def serve(conn, address, ear, outbox, room):
    with conn:
        name = None
        try:
            # Nagle's algorithm would keep a small line back until the one before it is confirmed.
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            outbox.say("* what is your name?")
            for line in LineReader(ear):
                if name is None:
                    name = introduce(line, outbox, room)
                elif line == "/quit":
                    break
                else:
                    log.debug("%s: %s", name, line)
                    obey(line, name, room)
        except LineTooLong:
            outbox.say("! line too long")
        except Silent:
            outbox.say("! idle")
        # TODO 4: on LastOrders nobody leaves yet: wait in the room for the end.
        except OSError as error:  # only this caller is gone, and only this thread ends
            log.info("%s is gone: %s", address, error)
        finally:
            room.leave(outbox, name)
            outbox.close()
            log.info("%s has left, named %s", address, name)


def callers(listener, bell):
    """Each caller, for ever."""
    while True:  # TODO 2: wait for the next caller or the bell, and stop when it rings.
        try:
            yield listener.accept()
        except OSError as error:  # no descriptor is left: somebody must go before the next can come in
            log.warning("cannot accept: %s", error)
            time.sleep(0.1)  # or this loop would keep a core busy. TODO 2: one who sleeps hears no bell.


def arguments():
    parser = argparse.ArgumentParser(description="A chat server, at 127.0.0.1 12413. Ctrl-C ends it well.")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=12413)
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="hang up on who is silent so long")
    parser.add_argument("--verbose", action="store_true", help="log also what people say")
    return parser.parse_args()


def main():
    given = arguments()
    log.start(given.verbose)
    room, bell = Room(), Bell()
    # TODO 1: let the bell ring on Ctrl-C and SIGTERM.
    listener = socket.create_server((given.host, given.port))  # the option of lesson 01, on every system
    # TODO 2: a caller may be gone before accept(), which must not wait for the next: give it a timeout.
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    for conn, address in callers(listener, bell):
        log.info("%s calls", address)
        args = conn, address, Ear(conn, bell, given.idle), room.enter(Outbox(conn)), room
        threading.Thread(target=serve, args=args).start()
    # TODO 3: from here on nobody gets in.
    # TODO 5: the last line, to everyone.
    # TODO 6: wait for all other threads, until one deadline and no longer.


if __name__ == "__main__":
    main()
