"""A chat server for many people: whatever one does, the others do not notice; and it ends as one should."""

import argparse
import logging
import socket
import threading
import time

from bell import Bell
from ear import DRAIN, Ear, LastOrders, Silent
from framing import LineReader, LineTooLong
from outbox import FLUSH, LINGER, Outbox
from protocol import introduce, obey
from room import Room

RETRY = 0.1  # seconds between two calls of accept() while the system has no descriptor to give


def serve(ear, address, outbox, room):
    name, why = None, "has left"
    try:
        outbox.say("* what is your name?")
        for line in LineReader(ear):
            if name is None:
                name = introduce(line, outbox, room)
            elif line == "/quit":
                break
            else:
                logging.debug("%s: %s", name, harmless(line))
                obey(line, name, room)
    except LineTooLong:
        outbox.say("! line too long")
    except Silent:
        outbox.say("! idle")
    except LastOrders:
        room.wait_for_the_end(outbox)
    except OSError as error:  # only this caller is gone, and only this thread ends
        why = f"is gone: {error}"
    finally:  # however it ended: this is the one place where somebody leaves
        room.leave(outbox, name)
        outbox.close()
        logging.info("%s %s %s", address, name or "(no name)", why)


def harmless(line):
    """The line without what would steer the terminal on which the log is read."""
    return "".join(char if char.isprintable() else "·" for char in line[:200])


def welcome(listener, room, bell, idle):
    """Starts a thread for each caller until the bell rings."""
    listener.settimeout(RETRY)  # a caller whom select() saw may be gone before accept()
    while bell not in bell.wait(None, listener):
        try:
            conn, (host, port, *_) = listener.accept()
        except OSError as error:
            logging.warning("cannot accept: %s", error)
            bell.wait(RETRY)
            continue
        conn.settimeout(None)
        address, outbox = f"{host}:{port}", Outbox(conn)
        room.enter(outbox)
        logging.info("%s calls", address)
        ear = Ear(conn, bell, idle)
        threading.Thread(target=serve, args=(ear, address, outbox, room)).start()


def join_all(seconds):
    """Waits until every other thread has ended, at most so many seconds."""
    end = time.monotonic() + seconds
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(max(0, end - time.monotonic()))


def arguments():
    parser = argparse.ArgumentParser(
        description="A chat server. Ctrl-C ends it: all are told, and what was said is delivered."
    )
    parser.add_argument("host", nargs="?", default="127.0.0.1", help="the address to listen at (127.0.0.1)")
    parser.add_argument("port", nargs="?", type=int, default=12413, help="0 means any free one (12413)")
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="hang up on who is silent so long")
    parser.add_argument(
        "--verbose", action="store_true", help="log every text, and not only who comes and goes"
    )
    return parser.parse_args()


def main():
    given = arguments()
    level = logging.DEBUG if given.verbose else logging.INFO
    logging.basicConfig(format="%(asctime)s  %(message)s", datefmt="%H:%M:%S", level=level)
    room, bell = Room(), Bell()
    bell.rings_on_signals()
    with socket.create_server((given.host, given.port)) as listener:
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        welcome(listener, room, bell, given.idle)
    room.close("* server is closing", DRAIN)
    join_all(FLUSH + LINGER)
    logging.info("closed")


if __name__ == "__main__":
    main()
