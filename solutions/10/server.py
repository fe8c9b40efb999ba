"""A chat server: whatever one of its people does or leaves undone, the others do not notice."""

import argparse
import socket
import threading
import time

import log
from bell import Bell
from ear import DRAIN, Ear, LastOrders, Silent
from framing import LineReader, LineTooLong
from outbox import FLUSH, LINGER, Outbox
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
        except LastOrders:
            room.wait_for_the_end(outbox)
        except OSError as error:  # only this caller is gone, and only this thread ends
            log.info("%s is gone: %s", address, error)
        finally:
            room.leave(outbox, name)
            outbox.close()
            log.info("%s has left, named %s", address, name)


def callers(listener, bell):
    """Each caller, until the bell rings."""
    while bell not in bell.wait(None, listener):
        try:
            yield listener.accept()
        except OSError as error:  # no descriptor is left: somebody must go before the next can come in
            log.warning("cannot accept: %s", error)
            bell.wait(0.1)  # or this loop would keep a core busy


def join_all(seconds):
    """Waits until all other threads have ended, at most so long."""
    end = time.monotonic() + seconds
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(max(0, end - time.monotonic()))


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
    bell.rings_on_signals()
    listener = socket.create_server((given.host, given.port))  # the option of lesson 01, on every system
    listener.settimeout(0.1)  # a caller may be gone before accept(), which would wait for the next
    print("listening on {}:{}".format(*listener.getsockname()), flush=True)
    for conn, address in callers(listener, bell):
        log.info("%s calls", address)
        args = conn, address, Ear(conn, bell, given.idle), room.enter(Outbox(conn)), room
        threading.Thread(target=serve, args=args).start()
    listener.close()
    room.close("* server is closing", DRAIN)
    join_all(FLUSH + 2 * LINGER)


if __name__ == "__main__":
    main()
