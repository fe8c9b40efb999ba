"""A chat server in one thread: a selector says who is ready, each person has an out-buffer."""

import argparse
import math
import selectors
import signal
import socket
import time

from chat import Chat
from person import LineTooLong, Person

SIGNALS = [signal.SIGINT, signal.SIGTERM]
RETRY = 0.1  # seconds without accept() when no descriptor is left
QUIET = 0.03  # seconds in which nothing happens: then all that was said before has been heard
DRAIN = 0.5  # seconds for which those are heard who never pause


class Loop:
    def __init__(self, listener, bell, idle):
        self.listener, self.bell, self.idle = listener, bell, idle
        self.listens_again = math.inf  # when, if there was no descriptor
        self.is_open = True
        self.chat = Chat()
        self.selector = selectors.DefaultSelector()
        self.selector.register(bell, selectors.EVENT_READ)
        self.selector.register(listener, selectors.EVENT_READ)

    def run(self):
        while self.is_open:
            self.turn(self.patience())
        self.stop_accepting()
        end = time.monotonic() + DRAIN
        while self.turn(QUIET) and time.monotonic() < end:
            pass
        self.chat.close("* server is closing")
        self.settle()
        while self.chat.people:
            self.turn(self.patience())

    def patience(self):
        """Seconds until there is something to do even if nothing happens; None: no end."""
        times = [self.listens_again, *(person.deadline for person in self.chat.people)]
        return None if min(times) == math.inf else max(0, min(times) - time.monotonic())

    def turn(self, seconds):
        """Waits at most so long for something to happen, and deals with it. Whether anything has."""
        now = time.monotonic()  # before select(), which sees all that came till then: nobody is called silent
        ready = self.selector.select(seconds)  # who has spoken
        for key, _ in ready:
            if key.fileobj is self.bell:
                self.is_open = False
                self.selector.unregister(self.bell)
            elif key.fileobj is self.listener:
                self.accept()
            else:
                self.attend(key.data)
        self.look_at_the_clock(now)
        self.settle()
        return bool(ready)

    def look_at_the_clock(self, now):
        if self.listens_again <= now:
            self.listens_again = math.inf
            self.selector.register(self.listener, selectors.EVENT_READ)
        for person in [person for person in self.chat.people if person.deadline <= now]:
            if person.is_leaving:
                person.cut()
                self.chat.touched.add(person)
            else:
                self.chat.leave(person, "! idle")

    # the listener

    def accept(self):
        """Whether somebody came in."""
        try:
            conn, _ = self.listener.accept()
        except BlockingIOError:
            return False
        except OSError:  # the caller gave up, or no descriptor is left: come back a little later
            self.selector.unregister(self.listener)
            self.listens_again = time.monotonic() + RETRY
            return False
        person = Person(conn, self.idle)
        self.selector.register(conn, selectors.EVENT_READ, person)
        self.chat.arrive(person)
        return True

    def stop_accepting(self):
        """Lets in who is through already, and nobody else."""
        while self.listener in self.selector.get_map() and self.accept():
            pass
        if self.listener in self.selector.get_map():
            self.selector.unregister(self.listener)
        self.listens_again = math.inf
        self.listener.close()

    # a person

    def attend(self, person):
        self.chat.touched.add(person)
        try:
            for line in person.read_lines():
                self.chat.obey(person, line)
                if person.is_leaving:
                    return
        except LineTooLong:
            self.chat.leave(person, "! line too long")

    def settle(self):
        """Sends what can be sent, and asks for what is due next; or closes. One who goes touches others."""
        while self.chat.touched:
            person = self.chat.touched.pop()
            person.flush()
            if person.has_ended and not person.is_leaving:
                self.chat.leave(person)
            elif person.is_over():
                self.chat.people.discard(person)
                self.selector.unregister(person.conn)
                person.conn.close()
            elif person.interest() != self.selector.get_key(person.conn).events:
                self.selector.modify(person.conn, person.interest(), person)


def bell_for_signals():
    """A socket that becomes readable at the first signal. The second one ends the program."""
    bell, button = socket.socketpair()

    def ring(number, frame):
        button.close()
        for each in SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    for each in SIGNALS:
        signal.signal(each, ring)
    return bell


def arguments():
    parser = argparse.ArgumentParser(description="A chat server.")
    parser.add_argument("host", nargs="?", default="127.0.0.1")
    parser.add_argument("port", nargs="?", type=int, default=12413)
    parser.add_argument("--idle", type=float, metavar="SECONDS", help="hang up on who is silent so long")
    return parser.parse_args()


def main():
    given = arguments()
    bell = bell_for_signals()
    with socket.create_server((given.host, given.port)) as listener:
        listener.setblocking(False)
        loop = Loop(listener, bell, given.idle)
        print("listening on {}:{}".format(*listener.getsockname()), flush=True)
        loop.run()


if __name__ == "__main__":
    main()
